fn term(s: i32) -> real {
    return x(0u) * real(s);
}
