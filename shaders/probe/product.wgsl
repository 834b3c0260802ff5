// What shaders/product.wgsl needs for a product of 33 x 50 and 50 x 35 of small whole numbers, which is exact.

alias real = f32;

fn multiply_a(point: u32, row: u32, depth: u32, part: u32, tile: u32) -> real { return input(row * 50u + depth); }

fn multiply_b(point: u32, depth: u32, column: u32, part: u32) -> real { return input(33u * 50u + depth * 35u + column); }

fn multiply_between(point: u32, row: u32, column: u32) -> real { return 1.0; }

fn multiply_store(point: u32, share: u32, row: u32, column: u32, sum: real) { answers[row * 35u + column] = bitcast<u32>(sum); }
