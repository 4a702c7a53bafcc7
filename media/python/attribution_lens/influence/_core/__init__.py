"""Where Captum has its influence functions by Arnoldi iteration."""
