// What angles.wgsl needs in f32: polynomials by interpolation at Chebyshev nodes, written by
// scripts/special_series.py. Do not edit.

fn pm_sinc_near_series(z: real) -> real {
    return 1.0 + z * (-1.644934 + z * (0.811742 + z * (-0.19073196 + z * 0.025783654)));
}
fn pm_cos_pi_series(z: real) -> real {
    return -4.934802 + z * (4.0587106 + z * (-1.3351378 + z * 0.23212588));
}
fn pm_sinc_slope_near_series(z: real) -> real {
    return -3.289868 + z * (3.246969 + z * (-1.1444899 + z * (0.2089465 + z * -0.022372417)));
}
fn pm_sinc_second_near_series(z: real) -> real {
    return -3.289868 + z * (9.740909 + z * (-5.722553 + z * (1.4642459 + z * (-0.21088746 + z * 0.018661685))));
}
