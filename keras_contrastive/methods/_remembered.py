import dataclasses
import math
from typing import Any

import keras
from keras import ops

from keras_contrastive._check_temperature import check_temperature
from keras_contrastive._seed import seed_of
from keras_contrastive.contrasts import Contrast, among, in_memory
from keras_contrastive.layers import MemoryBank, NoiseConstant
from keras_contrastive.layers._unit_rows import UnitRows
from keras_contrastive.losses import NCE, SOFTMAX
from keras_contrastive.ops import wide_float
from keras_contrastive.training import ContrastiveModel


class Remembered(ContrastiveModel):
    """Every image is to be found among all images, as a bank remembers them.

    Abstract. With sampled negatives the loss is noise contrastive estimation,
    whose constant Z the first batch sets for each term; against the whole
    bank it is the softmax. Arguments are those of `InstDis`.

    Outputs: those of `embed`, which hold `index`; and with sampled negatives
        `log_z`, a dictionary with a tensor `(batch,)` for each term.
    """

    pair_loss = NCE
    needs_index = True
    remembers_negatives = True

    def __init__(
        self,
        encoder: keras.Model,
        views: keras.layers.Layer | None = None,
        *,
        num_images: int,
        num_negatives: int | None = 4096,
        temperature: float = 0.07,
        momentum: float = 0.5,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(encoder, views, **kwargs)
        if self.transform is not None and num_negatives is None:
            raise ValueError(
                "`num_negatives` must be a number, e.g. 4096, with "
                "`feature_transform`: all rows of the bank together always "
                "hold the positive, and mixtures with it. Received: "
                "num_negatives=None"
            )
        self.num_images, self.num_negatives = num_images, num_negatives
        self.temperature = check_temperature(temperature)
        self.momentum, self.seed = momentum, seed
        self.constants: dict[str, NoiseConstant] = {}
        if num_negatives is None:
            self.pair_loss = SOFTMAX

    def make_bank(self, number: int = 0) -> MemoryBank:
        """A bank of this method.

        Several draw negatives of the same images, by one seed, and begin with
        rows of their own, by their number.
        """
        self.seed = seed_of(self.seed)
        bank = MemoryBank(
            self.num_images, self.num_negatives, self.momentum, self.seed
        )
        bank.first_rows = UnitRows(self.seed ^ number)
        return bank

    def remember(self, *terms: str) -> None:
        """Gives each of the terms a constant Z, where the loss has one."""
        if self.num_negatives is not None:
            self.constants = {
                term: NoiseConstant(self.num_images, self.temperature)
                for term in terms
            }

    def all_outputs(self, made, features, index, training):
        outputs = super().all_outputs(made, features, index, training)
        if not self.constants:
            return outputs
        log_z = {
            term: constant.estimate(
                lambda term=term: self.compared(outputs)[term][0],
                training=training,
            )
            for term, constant in self.constants.items()
        }
        batch = ops.shape(index)
        return {
            **outputs,
            "log_z": {k: ops.broadcast_to(z, batch) for k, z in log_z.items()},
        }

    def among_images(
        self, term: str, query: Any, remembered: tuple, outputs: dict[str, Any]
    ) -> Contrast:
        """The contrast of a query with what a bank returned for it."""
        own, negatives = remembered
        if self.num_negatives is None:
            return in_memory(
                query, negatives, outputs["index"], temperature=self.temperature
            )
        contrast = among(query, own, negatives, temperature=self.temperature)
        if "log_z" not in outputs:
            return contrast
        noise = math.log(negatives.shape[1] / self.num_images)
        log_noise = wide_float(outputs["log_z"][term]) + noise
        return dataclasses.replace(contrast, log_noise=log_noise)
