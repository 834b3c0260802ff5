// What modified.wgsl needs in f32: polynomials by interpolation at Chebyshev nodes, written by
// scripts/special_series.py. Do not edit.

// e^x is finite up to here.
const PM_EXP_ROOM: real = 88.0;

fn pm_i0_near_series(z: real) -> real {
    return 0.25 + z * (0.015625002 + z * (0.00043402685 + z * (6.7818696e-6 + z * (6.7798204e-8 + z * (
        4.7202203e-10 + z * (2.365493e-12 + z * (1.0182174e-14 + z * (1.8902793e-17 + z * 1.3939565e-19))))))));
}
fn pm_i0_far_series(z: real) -> real {
    return 0.4021765 + z * (0.05376889 + z * (0.034871593 + z * (0.04551536 + z * (0.09673872 + z * (0.38028395 + z *
        1.8233382)))));
}
fn pm_i1_near_series(z: real) -> real {
    return 0.0625 + z * (0.0026041667 + z * (5.4253436e-5 + z * (6.781758e-7 + z * (5.650658e-9 + z * (
        3.3682196e-11 + z * (1.4868011e-13 + z * (5.534156e-16 + z * (1.0428421e-18 + z * 6.0096202e-21))))))));
}
fn pm_i1_far_series(z: real) -> real {
    return 0.38939846 + z * (-0.1559933 + z * (-0.056124706 + z * (-0.06145624 + z * (-0.11964847 + z * (
        -0.44148722 + z * -2.0591042)))));
}
fn pm_i1_second_near_series(z: real) -> real {
    return 0.375 + z * (0.052083336 + z * (0.0022786423 + z * (4.8831844e-5 + z * (6.19872e-7 + z * 5.6393623e-9))));
}
fn pm_k0_near_series(z: real) -> real {
    return 0.11593152 + z * (0.27898288 + z * (0.02524893 + z * (0.00084603723 + z * (1.4910585e-5 + z * 1.663731e-7))));
}
fn pm_k0_far_series(z: real) -> real {
    return 1.2533141 + z * (-0.15666452 + z * (-0.068524435 + z * (-0.07260257 + z * (-0.022448434 + z * (
        -0.108086385 + z * (0.17705561 + z * (-0.48331663 + z * (0.57052386 + z * -0.3844253))))))));
}
fn pm_k1_near_series(z: real) -> real {
    return -0.30796576 + z * (-0.08537072 + z * (-0.0046421937 + z * (-0.000112504946 + z * -1.5947326e-6)));
}
fn pm_k1_far_series(z: real) -> real {
    return 1.2533141 + z * (0.4699922 + z * (0.32316744 + z * (0.3033335 + z * (0.25608456 + z * (0.08448956 + z * (
        1.1658744 + z * (-3.1504107 + z * (7.2925787 + z * (-8.361581 + z * 4.8429976)))))))));
}
