"""Where Captum has its rules, visualizations and baselines."""
