"""Where Captum has what Lime is made of."""
