"""Where Captum has its indices of nearest neighbors."""
