"""Runs the `main` of the file before this one; a failure is an answer, and no error of the user's."""

try:
    answer({"value": main(json.loads(REQUEST))})
except Missing:
    answer({"value": None})
except Exception as error:
    answer({"error": "%s: %s" % (type(error).__name__, error)})
