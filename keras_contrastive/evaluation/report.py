from dataclasses import dataclass, field


@dataclass(frozen=True)
class Report:
    """What an evaluation found, and how it was made.

    Prints as a small table.

    Args:
        name: String, the protocol, e.g. `"k-NN"`.
        metrics: Dictionary of floats by name. Accuracies are shares in 0..1.
        settings: Dictionary of what the figures depend on, by name: numbers
            and strings.
        spreads: Dictionary, how sure some of the metrics are: what stands
            behind ±. Which measure it is, the evaluation says.

    Example:

    >>> print(Report("k-NN", {"accuracy": 0.818}, {"k": 20}))
    k-NN
      accuracy  0.8180
      k         20
    """

    name: str
    metrics: dict
    settings: dict = field(default_factory=dict)
    spreads: dict = field(default_factory=dict)

    @property
    def accuracy(self):
        """Float in 0..1, the metric `"accuracy"`."""
        return self.metrics["accuracy"]

    def to_dict(self):
        """Returns the report as a dictionary that `json.dump` takes."""
        return {
            "name": self.name,
            "metrics": dict(self.metrics),
            "settings": dict(self.settings),
            "spreads": dict(self.spreads),
        }

    def __str__(self):
        rows = {key: f"{value:.4f}" for key, value in self.metrics.items()}
        for key, spread in self.spreads.items():
            rows[key] += f" ± {spread:.4f}"
        rows.update(self.settings)
        width = max(map(len, rows), default=0)
        lines = [f"  {key:<{width}}  {value}" for key, value in rows.items()]
        return "\n".join([self.name, *lines])
