"""``subject.ibl_data_converter``: the data and runs of the IBL data converter."""

from aind_session.extensions.ibl_data_converter.namespace import IBLDataConverterExtension

__all__ = ["IBLDataConverterExtension"]
