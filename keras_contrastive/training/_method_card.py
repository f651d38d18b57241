import dataclasses


@dataclasses.dataclass(frozen=True)
class MethodCard:
    """What a table of methods says about one.

    Args:
        paper: Authors and year.
        url: Of the paper.
        idea: One sentence.
        negatives: Where they come from, or "none".
        loss: Name of the loss.
        views: Name of the recipe in `keras_contrastive.views`.
        momentum: Boolean, whether there is a momentum branch.
        memory: "queue", "bank" or "none".
        heads: The parts after the encoder.
    """

    paper: str
    url: str
    idea: str
    negatives: str
    loss: str
    views: str
    momentum: bool = False
    memory: str = "none"
    heads: str = "projector"
