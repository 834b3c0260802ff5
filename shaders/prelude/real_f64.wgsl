// The working precision of this module.
alias real = f64;
