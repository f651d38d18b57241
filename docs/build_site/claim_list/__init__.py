"""The claims of the five papers, and which runs judge them."""

from claim_list import (
    equimod,
    feature_transformation,
    infomin,
    mio,
    simclr,
)

CLAIMS = {
    "SimCLR": simclr.CLAIMS,
    "InfoMin": infomin.CLAIMS,
    "EquiMod": equimod.CLAIMS,
    "FT": feature_transformation.CLAIMS,
    "MIO": mio.CLAIMS,
}
