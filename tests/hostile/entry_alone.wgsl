fn objective() -> real { return x(0); }
@compute @workgroup_size(1) fn m() {}
