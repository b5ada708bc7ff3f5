"""Every way of writing a Step → the one model."""

from motia.project.dialects.defaults import StepDefaults
from motia.project.dialects.normalise import Normalised, load_failure, normalise
from motia.project.dialects.streams import normalise_stream, unique_streams

__all__ = ["Normalised", "StepDefaults", "load_failure", "normalise", "normalise_stream", "unique_streams"]
