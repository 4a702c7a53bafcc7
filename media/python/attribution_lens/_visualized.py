"""Pictures of arrays in a notebook: our mime bundle, with the matplotlib picture for other viewers."""

import array
import base64
import io
import sys
import uuid

from . import _display

OUTPUT_MIME = "application/vnd.attribution-lens.v1+json"


class VisualizationDataRecord:
    """An attributed text, for visualize_text."""

    __slots__ = ["word_attributions", "pred_prob", "pred_class", "true_class", "attr_class", "attr_score", "raw_input_ids", "convergence_score"]

    def __init__(self, word_attributions, pred_prob, pred_class, true_class, attr_class, attr_score, raw_input_ids, convergence_score):
        self.word_attributions = word_attributions
        self.pred_prob = pred_prob
        self.pred_class = pred_class
        self.true_class = true_class
        self.attr_class = attr_class
        self.attr_score = attr_score
        self.raw_input_ids = raw_input_ids
        self.convergence_score = convergence_score


def show_image(figure, attr, image, panels, outlier_perc):
    """Shows a picture of attributions: ours in a notebook, matplotlib's elsewhere."""
    height, width = attr.shape[:2]
    view = {"kind": "image", "name": "image", "width": int(width), "height": int(height), "attributions": _base64(attr.sum(axis=2))}
    if image is not None:
        view["image"] = _png_of(image)
    if len(panels) > 1:
        view["panels"] = [dict({"mode": mode, "sign": sign}, **({"title": title} if title else {})) for mode, sign, title in panels]
    mode, sign, title = panels[0]
    summary = "%d x %d attributions drawn as %s" % (width, height, ", ".join("%s (%s)" % panel[:2] for panel in panels))
    _show(figure, view, summary, attr.shape, title if len(panels) == 1 else None, {"mode": mode, "sign": sign, "outlierPerc": float(outlier_perc)})


def show_timeseries(figure, attr, data, x_values, channel_labels, title, method, sign, outlier_perc):
    """Shows attributions of a time series, [channels, points]."""
    channels, length = data.shape
    view = {
        "kind": "timeseries", "name": title or "time series", "channels": [str(label) for label in channel_labels or range(channels)], "length": int(length),
        "x": [float(value) for value in x_values], "values": _base64(data), "attributions": _base64(attr),
    }
    _show(figure, view, "Attributions of %d points of %d channels" % (length, channels), data.shape, title, {"timeseries": method, "sign": sign, "outlierPerc": float(outlier_perc)})


def show_records(records, legend, text):
    """Shows attributed texts; returns IPython's HTML object."""
    from IPython.display import HTML, display

    page = HTML(text)
    if _display.notebook() is None:
        display(page)
        return page
    entries = []
    for record in records:
        entries.append({
            "tokens": [str(token) for token in record.raw_input_ids], "attributions": [_number(value) for value in record.word_attributions][: len(record.raw_input_ids)],
            "trueClass": _label(record.true_class), "predClass": _label(record.pred_class), "predProb": _number(record.pred_prob),
            "attrClass": _label(record.attr_class), "attrScore": _number(record.attr_score), "convergenceScore": _number(record.convergence_score),
        })
    view = {"kind": "records", "name": "text", "records": entries, "legend": bool(legend)}
    summary = "%d attributed text%s" % (len(records), "" if len(records) == 1 else "s")
    display({OUTPUT_MIME: _output(view, summary, [len(records)], None, {}), "text/html": text, "text/plain": summary}, raw=True)
    return page


def show_tokens(result, of_tokens=True):
    """Shows attributions of a language model's answer in a notebook."""
    from IPython.display import display

    values = [float(value) for value in result.seq_attr]
    view = {"kind": "text", "name": "prompt", "tokens": list(result.input_tokens), "attributions": values}
    if of_tokens and result.token_attr is not None:
        view["outputs"] = {"tokens": list(result.output_tokens), "attributions": [[float(value) for value in row] for row in result.token_attr]}
    answer = "".join(result.output_tokens).strip()
    strongest = max(range(len(values)), key=lambda index: abs(values[index]))
    summary = "Attributions of “%s”: “%s” is strongest with %.3g" % (answer, result.input_tokens[strongest], values[strongest])
    display({OUTPUT_MIME: _output(view, summary, [len(values)], "Attributions of “%s”" % answer, {}), "text/plain": summary}, raw=True)


def records_html(records, legend, escape):
    """Captum's table of attributed texts."""
    parts = ['<table style="width: 100%">']
    if legend:
        colours = "".join(
            '<span style="display: inline-block; width: 10px; height: 10px; border: 1px solid; background-color: %s"></span> %s  ' % (_colour(value), label)
            for value, label in ((-1, "Negative"), (0, "Neutral"), (1, "Positive"))
        )
        parts.append('<div style="border-top: 1px solid; margin-top: 5px; padding-top: 5px; display: inline-block"><b>Legend: </b>%s</div>' % colours)
    parts.append("<tr><th>True Label</th><th>Predicted Label</th><th>Attribution Label</th><th>Attribution Score</th><th>Word Importance</th></tr>")
    for record in records:
        cells = [_label(record.true_class), "%s (%.2f)" % (_label(record.pred_class), _number(record.pred_prob)), _label(record.attr_class), "%.2f" % _number(record.attr_score)]
        words = "".join(
            '<mark style="background-color: %s; opacity:1.0; line-height:1.75"><font color="black"> %s</font></mark>' % (_colour(_number(value)), escape(_word(str(word))))
            for word, value in zip(record.raw_input_ids, record.word_attributions)
        )
        parts.append("<tr>%s<td>%s</td></tr>" % ("".join('<td><text style="padding-right:2em"><b>%s</b></text></td>' % escape(cell) for cell in cells), words))
    parts.append("</table>")
    return "".join(parts)


def _label(value):
    """A class as texts name it: that of a tensor of one number is the number."""
    return "{}".format(value)


def _number(value):
    return float(value.item() if hasattr(value, "item") else value)


def _word(word):
    return "#" + word.strip("<>") if word.startswith("<") and word.endswith(">") else word


def _colour(value):
    value = max(-1.0, min(1.0, value))
    return "hsl(120, 75%%, %d%%)" % (100 - int(50 * value)) if value > 0 else "hsl(0, 75%%, %d%%)" % (100 - int(-40 * value))


def _show(figure, view, summary, shape, title, initial):
    if _display.notebook() is None:
        from matplotlib import pyplot

        pyplot.show()
        return
    from IPython.display import display

    file = io.BytesIO()
    figure.savefig(file, format="png", bbox_inches="tight")
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        pyplot.close(figure)  # or the notebook draws it a second time
    display({OUTPUT_MIME: _output(view, summary, shape, title, initial), "image/png": base64.b64encode(file.getvalue()).decode("ascii"), "text/plain": summary}, raw=True)


def _output(view, summary, shape, title, initial):
    """A picture of arrays: the method and the model are not known."""
    return {
        "schema": 1, "id": str(uuid.uuid4()), "summary": summary, "method": {"name": "", "title": title or "Attributions", "options": {}}, "model": {"name": "", "format": ""},
        "runtime": "", "inputs": [{"name": view["name"], "shape": [int(size) for size in shape], "dtype": "float32", "attributionsShape": [int(size) for size in shape]}],
        "examples": [{"views": [view]}], "omittedExamples": 0, "cost": {"seconds": 0, "forwardPasses": 0, "gradientPasses": 0, "rowsPerChunk": 0},
        "figure": True, "initialView": initial,
    }


def _base64(values):
    numbers = array.array("f", values.astype("float32").reshape(-1).tobytes())
    if sys.byteorder == "big":
        numbers.byteswap()
    return base64.b64encode(numbers.tobytes()).decode("ascii")


def _png_of(image):
    import numpy
    from matplotlib import image as files

    pixels = image.astype(numpy.uint8)
    pixels = numpy.repeat(pixels, 3, axis=2) if pixels.shape[2] == 1 else pixels[:, :, :4]
    file = io.BytesIO()
    files.imsave(file, pixels, format="png")
    return base64.b64encode(file.getvalue()).decode("ascii")
