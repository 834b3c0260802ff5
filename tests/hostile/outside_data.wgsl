fn objective() -> real { return x(0) * data(4000000000u); }
