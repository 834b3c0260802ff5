// It must return one real.
fn objective() -> u32 {
    return dimension();
}
