fn helper(a: real) -> real { return a * a; }
