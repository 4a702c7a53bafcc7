"""Pictures of attributions, where Captum has them, too."""

from ..visualization import VisualizationDataRecord, visualize_image_attr, visualize_image_attr_multiple, visualize_text, visualize_timeseries_attr

__all__ = ["VisualizationDataRecord", "visualize_image_attr", "visualize_image_attr_multiple", "visualize_text", "visualize_timeseries_attr"]
