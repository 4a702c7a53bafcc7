"""Pictures of attributions, as Captum draws them: with matplotlib, and HTML for texts. Arrays are NumPy's."""

import html
import warnings

from .._errors import InvalidArgumentError
from .._visualized import VisualizationDataRecord, records_html, show_image, show_records, show_timeseries

__all__ = ["VisualizationDataRecord", "visualize_image_attr", "visualize_image_attr_multiple", "visualize_text", "visualize_timeseries_attr"]

_SIGNS = ("all", "positive", "negative", "absolute_value")
_IMAGE_METHODS = ("heat_map", "blended_heat_map", "original_image", "masked_image", "alpha_scaling")
_SERIES_METHODS = ("overlay_individual", "overlay_combined", "colored_graph")


def visualize_image_attr(
    attr, original_image=None, method="heat_map", sign="absolute_value", plt_fig_axis=None, outlier_perc=2, cmap=None,
    alpha_overlay=0.5, show_colorbar=False, title=None, fig_size=(6, 6), use_pyplot=True,
):
    """Draws attributions of an image.

    Channels are summed, the sign is chosen, and magnitudes are scaled so that those up to `outlier_perc` percent of their
    sum from the top are full.

    Args:
        attr: Attributions, [height, width, channels]; None for the original image alone.
        original_image: The image, [height, width, channels], 0..1 floats or 0..255.
        method: heat_map, blended_heat_map, original_image, masked_image or alpha_scaling.
        sign: all, positive, negative or absolute_value.
        plt_fig_axis: A pair of a figure and axes to draw into. Default: new ones.
        outlier_perc: The percentage of the sum of magnitudes that is cut off.
        cmap: A colour map of matplotlib. Default: by sign.
        alpha_overlay: The opacity of a blended heat map.
        show_colorbar: Whether to draw the scale.
        title: Text above the picture.
        fig_size: The size of a new figure in inches.
        use_pyplot: Whether to show the figure at once. In a notebook our own picture is shown instead.

    Returns:
        The figure and its axes.
    """
    attr = _attributions_of(attr, original_image, [method])
    figure, axes = _figure(plt_fig_axis, use_pyplot, fig_size)
    image = _image_of(original_image, method)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.grid(visible=False)
    normal = None if method == "original_image" else _normalized(attr, sign, outlier_perc, axis=2)
    colours, low, high = _colours(sign)
    drawn = _draw(axes, method, sign, image, normal, colours if cmap is None else cmap, low, high, alpha_overlay)
    if show_colorbar:
        from mpl_toolkits.axes_grid1 import make_axes_locatable

        scale = make_axes_locatable(axes).append_axes("bottom", size="5%", pad=0.1)
        if drawn is None:
            scale.axis("off")
        else:
            figure.colorbar(drawn, orientation="horizontal", cax=scale)
    if title:
        axes.set_title(title)
    if use_pyplot:
        show_image(figure, attr, image, [(method, sign, title)], outlier_perc)
    return figure, axes


def visualize_image_attr_multiple(attr, original_image, methods, signs, titles=None, fig_size=(8, 6), use_pyplot=True, **kwargs):
    """Draws attributions of an image in several ways side by side; see visualize_image_attr.

    Returns:
        The figure and its axes: a list where there are several.
    """
    import numpy

    if len(methods) != len(signs):
        raise InvalidArgumentError("Methods and signs array lengths must match, got %d and %d" % (len(methods), len(signs)))
    if titles is not None and len(titles) != len(methods):
        raise InvalidArgumentError("If titles list is given, length must match that of methods list, got %d and %d" % (len(titles), len(methods)))
    figure, axes = _figure(None, use_pyplot, fig_size, nrows=1, ncols=len(methods), squeeze=False)
    axes = list(axes[0])
    for index, (method, sign) in enumerate(zip(methods, signs)):
        visualize_image_attr(attr, original_image, method, sign, (figure, axes[index]), use_pyplot=False, title=titles[index] if titles else None, **kwargs)
    figure.tight_layout()
    if use_pyplot:
        panels = [(method, sign, titles[index] if titles else None) for index, (method, sign) in enumerate(zip(methods, signs))]
        show_image(figure, _attributions_of(attr, original_image, methods), _image_of(original_image, "original_image"), panels, kwargs.get("outlier_perc", 2))
    return figure, axes[0] if len(axes) == 1 else axes


def visualize_timeseries_attr(
    attr, data, x_values=None, method="overlay_individual", sign="absolute_value", channel_labels=None, channels_last=True,
    plt_fig_axis=None, outlier_perc=2, cmap=None, alpha_overlay=0.7, show_colorbar=False, title=None, fig_size=(6, 6),
    use_pyplot=True, **pyplot_kwargs,
):
    """Draws attributions of a time series on its curves.

    Args:
        attr: Attributions, [points, channels].
        data: The series, of the same shape.
        x_values: Where the points are. Default: 0, 1, 2...
        method: overlay_individual (one plot for each channel), overlay_combined (channels in one plot, attributions
            summed) or colored_graph.
        sign: all, positive, negative or absolute_value.
        channel_labels: The names of the channels.
        channels_last: Whether arrays are [points, channels], not [channels, points].
        plt_fig_axis: A pair of a figure and axes to draw into. Default: new ones.
        outlier_perc: The percentage of the sum of magnitudes that is cut off.
        cmap: A colour map of matplotlib. Default: by sign.
        alpha_overlay: The opacity of what is laid over the curves.
        show_colorbar: Whether to draw the scale.
        title: Text above the first plot.
        fig_size: The size of a new figure in inches.
        use_pyplot: Whether to show the figure at once. In a notebook our own picture is shown instead.
        pyplot_kwargs: Handed on to matplotlib's plot.

    Returns:
        The figure and its axes.
    """
    import numpy
    from matplotlib import cm, colors, pyplot
    from mpl_toolkits.axes_grid1 import make_axes_locatable

    attr, data = numpy.asarray(attr), numpy.asarray(data)
    if attr.ndim != 2 or data.ndim != 2:
        raise InvalidArgumentError("Expected attr and data of shape (N, C), got %s and %s" % (attr.shape, data.shape))
    if method not in _SERIES_METHODS:
        raise InvalidArgumentError("method must be one of %s, got %r" % (", ".join(_SERIES_METHODS), method))
    if channels_last:
        attr, data = attr.T, data.T
    channels, length = attr.shape
    if channels > length:
        warnings.warn("Number of channels (%d) greater than time series length (%d), please verify input format" % (channels, length), stacklevel=2)
    if x_values is None:
        x_values = numpy.arange(length)
    elif len(x_values) != length:
        raise InvalidArgumentError("x_values must have same length as data, got %d and %d" % (len(x_values), length))
    combined = method == "overlay_combined"
    figure, axes = _figure(plt_fig_axis, use_pyplot, fig_size, nrows=1 if combined else channels, sharex=True)
    plots = axes if isinstance(axes, numpy.ndarray) else numpy.array([axes])
    normal = _normalized(attr.sum(axis=0) if combined else attr, sign, outlier_perc, axis=None)
    colours, low, high = _colours(sign)
    colours = pyplot.get_cmap(colours if cmap is None else cmap)
    scale = colors.Normalize(low, high)
    if combined:
        plots[0].set_prop_cycle(pyplot.cycler("color", pyplot.get_cmap("Dark2").colors))
    for channel in range(channels):
        plot = plots[0 if combined else channel]
        label = channel_labels[channel] if channel_labels is not None else None
        if method == "colored_graph":
            _colour_line(plot, x_values, data[channel], normal[channel], colours, scale, pyplot_kwargs)
        else:
            plot.plot(x_values, data[channel], **dict(pyplot_kwargs, **({"label": label} if combined else {})))
        if not combined:
            if label is not None:
                plot.set_ylabel(label)
            if method == "overlay_individual":
                _spans(plot, normal[channel], x_values, colours, scale, alpha_overlay)
    if combined:
        _spans(plots[0], normal, x_values, colours, scale, alpha_overlay)
        plots[0].legend(loc="best")
    else:
        figure.subplots_adjust(hspace=0)
    plots[-1].set_xlim(x_values[0], x_values[-1])
    if show_colorbar:
        bar = make_axes_locatable(plots[-1]).append_axes("bottom", size="5%", pad=0.4)
        figure.colorbar(cm.ScalarMappable(scale, colours), orientation="horizontal", cax=bar, alpha=1.0 if method == "colored_graph" else alpha_overlay)
    if title:
        plots[0].set_title(title)
    if use_pyplot:
        show_timeseries(figure, attr, data, x_values, channel_labels, title, method, sign, outlier_perc)
    return figure, axes


def visualize_text(datarecords, legend=True):
    """Draws attributions of words: one row for each VisualizationDataRecord.

    Args:
        datarecords: The records.
        legend: Whether to explain the colours.

    Returns:
        An HTML object of IPython.
    """
    records = list(datarecords)
    text = records_html(records, legend, html.escape)
    return show_records(records, legend, text)


def _figure(given, use_pyplot, size, **kwargs):
    if given is not None:
        return given
    if use_pyplot:
        from matplotlib import pyplot

        return pyplot.subplots(figsize=size, **kwargs)
    from matplotlib.figure import Figure

    figure = Figure(figsize=size)
    return figure, figure.subplots(**kwargs)


def _image_of(image, method):
    import numpy

    if image is None:
        if method != "heat_map":
            raise InvalidArgumentError("Original Image must be provided for any visualization other than heatmap, got method %r" % method)
        return None
    image = numpy.asarray(image)
    return _pixels(image * 255) if image.size and image.max() <= 1.0 else _pixels(image)


def _pixels(values):
    import numpy

    return numpy.clip(values.astype(int), 0, 255)


def _attributions_of(attr, original_image, methods):
    """Attributions as an array; of the original image alone none are needed."""
    import numpy

    if attr is None and set(methods) == {"original_image"} and original_image is not None:
        return numpy.zeros(numpy.asarray(original_image).shape, "float32")
    if attr is None:
        raise InvalidArgumentError("attr must be an array [height, width, channels] unless only the original image is drawn, got None")
    return numpy.asarray(attr)


def _normalized(attr, sign, outlier_perc, axis):
    import numpy

    if sign not in _SIGNS:
        raise InvalidArgumentError("sign must be one of %s, got %r" % (", ".join(_SIGNS), sign))
    if not 0 <= outlier_perc <= 100:
        raise InvalidArgumentError("outlier_perc must be between 0 and 100 inclusive, got %r" % outlier_perc)
    combined = attr if axis is None else attr.sum(axis=axis)
    if sign == "positive":
        combined = (combined > 0) * combined
    elif sign == "negative":
        combined = (combined < 0) * combined
    elif sign == "absolute_value":
        combined = numpy.abs(combined)
    magnitudes = numpy.sort(numpy.abs(combined).flatten())
    sums = numpy.cumsum(magnitudes)
    threshold = magnitudes[numpy.where(sums >= sums[-1] * 0.01 * (100.0 - outlier_perc))[0][0]]
    if threshold == 0:
        raise InvalidArgumentError("Cannot normalize by scale factor = 0: there are no %sattributions but 0" % {"all": "", "absolute_value": ""}.get(sign, sign + " "))
    if threshold < 1e-5:
        warnings.warn("Attempting to normalize by value approximately 0, visualized results may be misleading: attributions are all close to 0.", stacklevel=3)
    return numpy.clip(combined / (-threshold if sign == "negative" else threshold), -1, 1)


def _colours(sign):
    from matplotlib.colors import LinearSegmentedColormap

    if sign == "all":
        return LinearSegmentedColormap.from_list("RdWhGn", ["red", "white", "green"]), -1, 1
    return {"positive": "Greens", "negative": "Reds", "absolute_value": "Blues"}[sign], 0, 1


def _draw(axes, method, sign, image, normal, colours, low, high, alpha):
    """Returns what the scale is of; None for pictures without one."""
    import numpy

    if method not in _IMAGE_METHODS:
        raise InvalidArgumentError("method must be one of %s, got %r" % (", ".join(_IMAGE_METHODS), method))
    if method in ("masked_image", "alpha_scaling") and sign == "all":
        raise InvalidArgumentError("Cannot display %s with both positive and negative attributions, choose a different sign option" % method.replace("_", " "))
    if method == "heat_map":
        return axes.imshow(normal, cmap=colours, vmin=low, vmax=high)
    if method == "blended_heat_map":
        axes.imshow(image.mean(axis=2), cmap="gray")
        return axes.imshow(normal, cmap=colours, vmin=low, vmax=high, alpha=alpha)
    if method == "original_image":
        axes.imshow(image.squeeze(axis=2) if image.ndim > 2 and image.shape[2] == 1 else image)
    elif method == "masked_image":
        axes.imshow(_pixels(image * normal[:, :, None]))
    else:
        colour = numpy.repeat(image, 3, axis=2) if image.shape[2] == 1 else image
        axes.imshow(numpy.concatenate([colour, _pixels(normal[:, :, None] * 255)], axis=2))
    return None


def _spans(plot, normal, x_values, colours, scale, alpha):
    half = (x_values[1] - x_values[0]) / 2.0 if len(x_values) > 1 else 0.5
    for value, center in zip(normal, x_values):
        plot.axvspan(center - half, center + half, facecolor=colours(scale(value)), edgecolor=None, alpha=alpha)


def _colour_line(plot, x_values, values, normal, colours, scale, kwargs):
    import numpy
    from matplotlib.collections import LineCollection

    points = numpy.array([x_values, values]).T.reshape(-1, 1, 2)
    line = LineCollection(numpy.concatenate([points[:-1], points[1:]], axis=1), cmap=colours, norm=scale, **kwargs)
    line.set_array(normal)
    plot.add_collection(line)
    plot.set_ylim(1.2 * values.min(), 1.2 * values.max())
