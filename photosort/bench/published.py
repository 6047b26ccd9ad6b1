"""Figures that others published, to stand beside those measured here; on whole data sets."""

from dataclasses import dataclass

DEC_KERAS_SOURCE = "DEC-keras (X. Guo, 2018), mean of 10 trials"
IDEC_SOURCE = "IDEC (Guo et al., IJCAI 2017)"
DEC_PAPER = "DEC, the paper (Xie et al. 2016)"
DEC_DA = "DEC-DA (Guo et al. 2018)"
DYNAE = "DynAE (Mrabah et al. 2020)"
SPC = "SPC (Mahon, Lukasiewicz 2021)"
#: Methods that are not run here, by data set, for the report's foot: name, ACC, NMI.
PEERS = {
    "mnist": (
        (DEC_PAPER, 0.843, None),
        (DEC_DA, 0.985, 0.960),
        (DYNAE, 0.987, 0.964),
        (SPC, 0.992, 0.975),
    ),
    "fashion": ((SPC, 0.679, 0.735),),
    "usps": ((DEC_DA, 0.987, 0.962), (SPC, 0.984, 0.954)),
}


@dataclass(frozen=True, slots=True)
class Published:
    """One published row; NMI with the geometric mean of entropies, as scikit-learn had it then."""

    acc: float
    nmi: float
    source: str
    nmi_sd: float | None = None  # over the source's trials
    ari: float | None = None


_FIGURES = {
    ("mnist", "kmeans"): Published(0.53, 0.50, DEC_KERAS_SOURCE),
    ("mnist", "ae"): Published(0.8793, 0.8071, DEC_KERAS_SOURCE, 0.0192, 0.7835),
    ("mnist", "dec"): Published(0.9120, 0.8692, DEC_KERAS_SOURCE, 0.0315, 0.8557),
    ("mnist", "idec"): Published(0.881, 0.867, IDEC_SOURCE),
    ("fashion", "kmeans"): Published(0.47, 0.51, DEC_KERAS_SOURCE),
    ("fashion", "ae"): Published(0.6061, 0.6370, DEC_KERAS_SOURCE, 0.0138, 0.4741),
    ("fashion", "dec"): Published(0.6184, 0.6509, DEC_KERAS_SOURCE, 0.0124, 0.4941),
    ("usps", "kmeans"): Published(0.67, 0.63, DEC_KERAS_SOURCE),
    ("usps", "ae"): Published(0.7086, 0.6840, DEC_KERAS_SOURCE, 0.0090, 0.5880),
    ("usps", "dec"): Published(0.7636, 0.7868, DEC_KERAS_SOURCE, 0.0056, 0.7065),
}


def published(dataset: str, method: str, protocol: str) -> Published | None:
    """Return what was published of `method` on all of `dataset`, if anything was."""
    return _FIGURES.get((dataset, method)) if protocol == "whole" else None
