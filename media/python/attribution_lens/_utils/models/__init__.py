"""Where Captum has its linear models."""
