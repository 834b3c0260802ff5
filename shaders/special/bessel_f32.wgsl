// What bessel.wgsl needs in f32: polynomials by interpolation at Chebyshev nodes, written by
// scripts/special_series.py. Do not edit.

const PM_J0_TWO: real = 2.4048254;
const PM_J0_TWO_LOW: real = 1.08705905e-7;
const PM_J0_FIVE: real = 5.520078;
const PM_J0_FIVE_LOW: real = -7.1934146e-8;
const PM_J0_NINE: real = 8.653728;
const PM_J0_NINE_LOW: real = 3.8147792e-7;
const PM_J1_THREE: real = 3.831706;
const PM_J1_THREE_LOW: real = -7.685059e-8;
const PM_J1_SEVEN: real = 7.015587;
const PM_J1_SEVEN_LOW: real = -1.8321172e-7;
const PM_Y0_ONE: real = 0.893577;
const PM_Y0_ONE_LOW: real = -1.3357979e-8;
const PM_Y0_THREE: real = 3.9576783;
const PM_Y0_THREE_LOW: real = 1.0129118e-7;
const PM_Y0_SEVEN: real = 7.086051;
const PM_Y0_SEVEN_LOW: real = 7.305812e-8;
const PM_Y1_TWO: real = 2.1971414;
const PM_Y1_TWO_LOW: real = -8.288927e-8;
const PM_Y1_FIVE: real = 5.429681;
const PM_Y1_FIVE_LOW: real = 2.1651435e-7;
const PM_Y1_NINE: real = 8.596005;
const PM_Y1_NINE_LOW: real = 4.2857286e-7;
const PM_QUARTER_PI: real = 0.7853982;
const PM_QUARTER_PI_LOW: real = -2.1855694e-8;

fn pm_j0_near_series(z: real) -> real {
    return -0.25 + z * (0.015624999 + z * (-0.0004340237 + z * (6.7765986e-6 + z * -6.521732e-8)));
}
fn pm_j0_two_series(z: real) -> real {
    return -0.5191475 + z * (0.1079387 + z * (0.056601778 + z * (-0.008657672 + z * (-0.0021942088 + z * (
        0.0002643886 + z * (4.3741406e-5 + z * (-4.358462e-6 + z * (-5.322351e-7 + z * 5.5633148e-8))))))));
}
fn pm_j0_five_series(z: real) -> real {
    return 0.3402648 + z * (-0.030820651 + z * (-0.05298855 + z * (0.0046310406 + z * (0.0022574402 + z * (
        -0.00017518234 + z * (-4.6521036e-5 + z * (3.1963168e-6 + z * (5.7146514e-7 + z * (-3.3554077e-8 + z *
        -4.5556945e-9)))))))));
}
fn pm_j0_nine_series(z: real) -> real {
    return -0.27145737 + z * (0.015651116 + z * (0.043944865 + z * (-0.0026365172 + z * (-0.0021620074 + z * (
        7.076506e-5 + z * 4.02877e-5)))));
}
fn pm_j1_near_series(z: real) -> real {
    return -0.0625 + z * (0.0026041667 + z * (-5.4253407e-5 + z * (6.7812095e-7 + z * (-5.635415e-9 + z *
        3.1140288e-11))));
}
fn pm_j1_three_series(z: real) -> real {
    return -0.4027594 + z * (0.052556146 + z * (0.053410444 + z * (-0.005179718 + z * (-0.0022331239 + z * (
        0.0001746614 + z * (4.6206605e-5 + z * (-3.0338601e-6 + z * (-5.7142074e-7 + z * (3.110124e-8 + z *
        4.371701e-9)))))))));
}
fn pm_j1_seven_series(z: real) -> real {
    return 0.30011576 + z * (-0.021389212 + z * (-0.046970483 + z * (0.0031302841 + z * (0.0021056018 + z * (
        -0.00012548194 + z * (-4.5009896e-5 + z * (2.3667733e-6 + z * (5.6881476e-7 + z * -1.1019659e-8))))))));
}
fn pm_j1_second_near_series(z: real) -> real {
    return -0.375 + z * (0.052083332 + z * (-0.0022786427 + z * (4.8824768e-5 + z * (-6.20027e-7 + z * 4.881923e-9))));
}
fn pm_y0_near_series(z: real) -> real {
    return 0.1821443 + z * (-0.016744673 + z * (0.000561793 + z * (-9.894607e-6 + z * (1.07766006e-7 + z * (
        -7.933039e-10 + z * 3.7813936e-12)))));
}
fn pm_y0_three_series(z: real) -> real {
    return -0.40254268 + z * (0.050855912 + z * (0.058523826 + z * (-0.0068525844 + z * (-0.0021835377 + z * (
        0.00019533068 + z * (5.0937517e-5 + z * (-4.973739e-6 + z * (-2.7458717e-7 + z * 1.0627e-8))))))));
}
fn pm_y0_seven_series(z: real) -> real {
    return 0.3000976 + z * (-0.02117524 + z * (-0.04802408 + z * (0.003318363 + z * (0.0021760368 + z * (
        -0.00014061993 + z * (-4.6043202e-5 + z * (2.6784462e-6 + z * 6.2286534e-7)))))));
}
fn pm_y1_near_series(z: real) -> real {
    return 0.1318755 + z * (0.01602772 + z * (-0.0014502496 + z * (4.144126e-5 + z * (-6.2422066e-7 + z * (
        5.90312e-9 + z * (-3.7907545e-11 + z * 1.5039215e-13))))));
}
fn pm_y1_five_series(z: real) -> real {
    return -0.34031805 + z * (0.031338677 + z * (0.05094794 + z * (-0.0041601122 + z * (-0.0021660002 + z * (
        0.00014661247 + z * (4.6460686e-5 + z * (-2.8564048e-6 + z * (-5.4751376e-7 + z * (2.2639735e-8 + z *
        5.809065e-9)))))))));
}
fn pm_y1_nine_series(z: real) -> real {
    return 0.27146307 + z * (-0.015767798 + z * (-0.043343093 + z * (0.0025142508 + z * (0.0020931866 + z * (
        -6.859533e-5 + z * -3.9536557e-5)))));
}
fn pm_bessel_size_0_series(z: real) -> real {
    return 1.0 + z * (-0.06249653 + z * (0.102346346 + z * -0.40957952));
}
fn pm_bessel_size_1_series(z: real) -> real {
    return 1.0 + z * (0.18749528 + z * (-0.19177362 + z * 0.6257503));
}
fn pm_bessel_phase_0_series(z: real) -> real {
    return -0.125 + z * (0.065102994 + z * (-0.20893161 + z * (1.5111226 + z * -11.959637)));
}
fn pm_bessel_phase_1_series(z: real) -> real {
    return 0.375 + z * (-0.16406101 + z * (0.37008786 + z * (-2.208927 + z * 16.183355)));
}
