// Mean squared error of a network of 2 inputs, 6 units (tanh) and 1 output on 8 samples of data: x, y, target.
// Coordinates: for each unit two weights, a bias and the weight of its output; then the bias of the output.
fn objective() -> real {
    var sum = 0.0;
    for (var s = 0u; s < 8u; s++) {
        var out = x(24u);
        for (var u = 0u; u < 6u; u++) {
            let z = x(4u * u) * data(3u * s) + x(4u * u + 1u) * data(3u * s + 1u) + x(4u * u + 2u);
            out += x(4u * u + 3u) * tanh(z);
        }
        let off = out - data(3u * s + 2u);
        sum += off * off;
    }
    return sum / 8.0;
}
