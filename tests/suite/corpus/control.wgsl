// Programs: loops, branches, switches, pointers and small machines.

// Adds terms of a geometric series until they are small.
fn while_with_break() -> real {
    let ratio = 0.3 + 0.1 * tanh(x(0));
    var term = 1.0 + 0.5 * x(1) * x(1);
    var sum = 0.5 * x(2) + 2.0;
    var n = 0u;
    while n < 200u {
        if abs(term) < 1e-25 {
            break;
        }
        sum += term;
        term *= ratio;
        n++;
    }
    return sum;
}

// Pairs of coprime numbers, by Euclid in a loop.
fn coprime(a: u32, b: u32) -> bool {
    var p = a;
    var q = b;
    while q != 0u {
        let r = p % q;
        p = q;
        q = r;
    }
    return p == 1u;
}

fn nested_continue() -> real {
    var sum = 0.0;
    for (var i = 1u; i <= 6u; i++) {
        for (var j = 1u; j < i; j++) {
            if !coprime(i, j) {
                continue;
            }
            let angle = x(0) * real(i) / 6.0 + x(1) * real(j) / 6.0;
            sum += cos(angle) * exp(-0.1 * x(2) * real(i - j));
        }
    }
    return 12.0 + sum;
}

// Eight instructions on one number.
fn switch_in_loop() -> real {
    const PROGRAM = array(3, 0, 2, 1, 4, 0, 3, 7);
    var value = x(0);
    for (var step = 0; step < 8; step++) {
        switch PROGRAM[step] {
            case 0: {
                value = value + x(1);
            }
            case 1: {
                value = value * (1.5 + 0.2 * x(2));
            }
            case 2, 5: {
                value = sin(value);
            }
            case 3: {
                if value > 40.0 {
                    break;
                }
                value = 0.5 * value * value + 1.0;
            }
            case 4: {
                value = sqrt(1.0 + value * value);
            }
            default: {
                value = 2.0 * atan(value) + 0.1 * x(2);
            }
        }
    }
    return value;
}

// A profile in four pieces, each with its own return.
fn profile(t: real) -> real {
    if t < -1.0 {
        return 0.5 * exp(t) + 1.0;
    }
    if t < 0.0 {
        let s = t + 0.25;
        return s * s + 1.5;
    } else if t < 1.0 {
        return 2.0 + t / (1.0 + t);
    }
    return 3.0 + log(t);
}

fn early_return() -> real {
    return profile(x(0)) * profile(x(1)) + profile(0.9 * x(2));
}

// A stack, as the calculators with reversed notation have it.
struct Stack {
    items: array<real, 8>,
    depth: u32,
}

fn push(s: ptr<function, Stack>, value: real) {
    (*s).items[(*s).depth] = value;
    (*s).depth += 1u;
}

fn pop(s: ptr<function, Stack>) -> real {
    (*s).depth -= 1u;
    return (*s).items[(*s).depth];
}

const ADD = 10u;
const SUB = 11u;
const MUL = 12u;
const DIV = 13u;
const HYP = 14u;
const TWO = 9u;

fn calculator() -> real {
    // (x0 + 2) x1 / hypot(x2, 2) - x0 x2 + (2 + 2) 2
    var code = array<u32, 19>(
        0u, TWO, ADD, 1u, MUL, 2u, TWO, HYP, DIV, 0u, 2u, MUL, SUB, TWO, TWO, ADD, TWO, MUL, ADD,
    );
    var s: Stack;
    for (var i = 0u; i < 19u; i++) {
        let c = code[i];
        if c < 3u {
            push(&s, x(c));
            continue;
        }
        if c == TWO {
            push(&s, 2.0);
            continue;
        }
        let b = pop(&s);
        let a = pop(&s);
        switch c {
            case 10u: { push(&s, a + b); }
            case 11u: { push(&s, a - b); }
            case 12u: { push(&s, a * b); }
            case 13u: { push(&s, a / b); }
            default: { push(&s, sqrt(a * a + b * b)); }
        }
    }
    return pop(&s);
}

fn order(a: ptr<function, real>, b: ptr<function, real>) {
    let low = min(*a, *b);
    let high = max(*a, *b);
    *a = low;
    *b = high;
}

// Sorts the three numbers by a network, then weighs them by rank.
fn sorted() -> real {
    var a = x(0);
    var b = x(1);
    var c = x(2);
    order(&a, &b);
    order(&b, &c);
    order(&a, &b);
    return 5.0 + a + 2.0 * b * b + 0.5 * exp(0.5 * c);
}

// The root y of y^3 + p y = q by Newton's method, and of y + exp(y) = q by bisection and
// three more steps.
fn roots() -> real {
    let p = 1.5 + exp(0.5 * x(0));
    let q = 2.0 + sin(x(1));
    var y = 1.0;
    for (var i = 0; i < 9; i++) {
        y -= (y * y * y + p * y - q) / (3.0 * y * y + p);
    }
    let goal = 3.0 + 0.5 * x(2);
    var low = -2.0;
    var high = 3.0;
    for (var i = 0; i < 12; i++) {
        let middle = 0.5 * (low + high);
        if middle + exp(middle) < goal {
            low = middle;
        } else {
            high = middle;
        }
    }
    var z = 0.5 * (low + high);
    for (var i = 0; i < 3; i++) {
        z -= (z + exp(z) - goal) / (1.0 + exp(z));
    }
    return 2.0 * y + z;
}

const IDLE = 0u;
const CHARGE = 1u;
const HOLD = 2u;
const DECAY = 3u;

// Twelve steps of a cell that is charged, held and discharged.
fn state_machine() -> real {
    var state = IDLE;
    var timer = 0u;
    var level = 0.25;
    var used = 0.0;
    for (var step = 0u; step < 12u; step++) {
        timer++;
        switch state {
            case IDLE: {
                if timer >= 2u {
                    state = CHARGE;
                    timer = 0u;
                }
            }
            case CHARGE: {
                level += (2.0 + 0.3 * x(0) - level) * sigmoid(x(1));
                if timer == 4u {
                    state = HOLD;
                    timer = 0u;
                }
            }
            case HOLD: {
                used += level;
                if timer == 2u {
                    state = DECAY;
                }
            }
            default: {
                level *= exp(-0.3 - 0.1 * x(2));
                used += 0.5 * level;
            }
        }
    }
    return used;
}

struct Body {
    position: vec2<real>,
    velocity: vec2<real>,
    mass: real,
}

fn drift(b: ptr<function, Body>, dt: real) {
    (*b).position += dt * (*b).velocity;
}

// Three bodies under soft gravity for six steps.
fn bodies() -> real {
    var all = array<Body, 3>(
        Body(vec2<real>(x(0), 0.0), vec2<real>(0.0, 0.5), 1.0),
        Body(vec2<real>(0.0, 1.0 + x(1)), vec2<real>(-0.4, 0.0), 0.8),
        Body(vec2<real>(-1.5, -1.0), vec2<real>(0.3, 0.1 * x(2)), 1.2),
    );
    let dt = 0.1;
    for (var step = 0; step < 6; step++) {
        for (var i = 0; i < 3; i++) {
            var pull = vec2<real>(0.0);
            for (var j = 0; j < 3; j++) {
                if i == j {
                    continue;
                }
                let d = all[j].position - all[i].position;
                let r2 = dot(d, d) + 0.5;
                pull += all[j].mass * d / (r2 * sqrt(r2));
            }
            all[i].velocity += dt * pull;
        }
        for (var i = 0; i < 3; i++) {
            var body = all[i];
            drift(&body, dt);
            all[i] = body;
        }
    }
    var spread = 0.0;
    for (var i = 0; i < 3; i++) {
        spread += all[i].mass * dot(all[i].position, all[i].position);
        spread += 0.5 * all[i].mass * dot(all[i].velocity, all[i].velocity);
    }
    return spread;
}

struct Running {
    count: u32,
    mean: real,
    squares: real,
}

fn observe(r: ptr<function, Running>, value: real) {
    (*r).count += 1u;
    let delta = value - (*r).mean;
    (*r).mean += delta / real((*r).count);
    (*r).squares += delta * (value - (*r).mean);
}

fn statistics() -> real {
    var r = Running(0u, 0.0, 0.0);
    for (var i = 0u; i < 3u; i++) {
        observe(&r, x(i));
        observe(&r, x(i) * x((i + 1u) % 3u) + 0.5);
    }
    observe(&r, 4.0);
    return r.mean + sqrt(r.squares / real(r.count - 1u));
}

fn residual(k: u32) -> real {
    switch k {
        case 0u: { return while_with_break(); }
        case 1u: { return nested_continue(); }
        case 2u: { return switch_in_loop(); }
        case 3u: { return early_return(); }
        case 4u: { return calculator(); }
        case 5u: { return sorted(); }
        case 6u: { return roots(); }
        case 7u: { return state_machine(); }
        case 8u: { return bodies(); }
        default: { return statistics(); }
    }
}
