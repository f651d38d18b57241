SHAPES = {
    4: "(batch, height, width, channels)",
    5: "(batch, pieces, height, width, channels)",
    6: "(batch, rows, columns, height, width, channels)",
}


def check_views(views, argument, ranks):
    """Refuses what `embed` cannot take; it came from `argument`.

    Returns the views as a list: one alone may come without a list.
    """
    if not isinstance(views, (list, tuple)):
        views = [views]
    found = [tuple(view.shape) for view in views]
    sides = {shape[1:3] for shape in found if len(shape) == 4}
    if len(sides) > 1:
        raise ValueError(
            f"The views in `{argument}` must all have the same height and "
            f"width. Received: shapes {found}"
        )
    if [len(shape) for shape in found] == list(ranks):
        return list(views)
    wanted = ", ".join(SHAPES[rank] for rank in ranks)
    source = (
        f"With `views=None`, `x` must be a tuple of ready views: {wanted}; a "
        "data set yields ((view_1, view_2),). To train on images, give the "
        "model views, e.g. `views=keras_contrastive.views.simclr("
        "image_size=32)`."
        if argument == "x"
        else f"`{argument}` must return the views {wanted}. Layers that change "
        "one image make views by `keras_contrastive.views.MultiView(2 * "
        "[Pipeline([Augment(layer), ...])])`."
    )
    raise ValueError(f"{source} Received: shapes {found}")
