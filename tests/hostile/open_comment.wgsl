fn objective() -> real { return x(0); }
/* never closed
