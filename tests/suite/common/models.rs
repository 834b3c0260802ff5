//! Objectives of the kind that people fit and simulate, as WGSL texts with data that is made up by a seeded generator.

/// An objective, and where it is differenced.
pub struct Model {
    pub name: &'static str,
    pub text: String,
    pub data: Vec<f64>,
    pub terms: Option<usize>,
    /// Points of f32 numbers.
    pub points: Vec<Vec<f64>>,
}

/// A stream of numbers by splitmix64.
pub struct Stream(u64);

impl Stream {
    pub fn new(seed: u64) -> Self {
        Stream(seed)
    }

    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 to 1.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    pub fn between(&mut self, from: f64, to: f64) -> f64 {
        from + (to - from) * self.unit()
    }

    pub fn below(&mut self, count: usize) -> usize {
        (self.bits() % count as u64) as usize
    }

    /// With four decimals, as data has.
    fn decimal(&mut self, from: f64, to: f64) -> f64 {
        (self.between(from, to) * 1e4).round() / 1e4
    }

    /// A number of f32.
    fn single(&mut self, from: f64, to: f64) -> f64 {
        f64::from(self.between(from, to) as f32)
    }

    /// Three points around this one.
    fn points(&mut self, around: &[f64], spread: f64) -> Vec<Vec<f64>> {
        let mut point = || around.iter().map(|&x| self.single(x - spread, x + spread)).collect();
        vec![point(), point(), point()]
    }
}

pub fn all() -> Vec<Model> {
    vec![
        logistic("logistic regression, softplus", "return softplus(z) - y * z;"),
        logistic(
            "logistic regression, logarithms",
            "let p = sigmoid(z); return -(y * log(p) + (1.0 - y) * log(1.0 - p));",
        ),
        network(),
        pendulum("pendulum, 20 steps", 20, "0.05"),
        pendulum("pendulum, 200 steps", 200, "0.02"),
        decay(),
        log_of_sum(),
        springs(),
        atoms(),
        pieces(),
    ]
}

/// Rows of four features and a label.
fn logistic(name: &'static str, loss: &str) -> Model {
    let mut stream = Stream::new(11);
    let mut data = Vec::new();
    for _ in 0..200 {
        let row: [f64; 4] = std::array::from_fn(|_| stream.decimal(-2.0, 2.0));
        let z = row[0] - 0.5 * row[1] + 0.25 * row[2] + stream.between(-1.0, 1.0);
        data.extend(row);
        data.push(f64::from(u8::from(z > 0.0)));
    }
    let text = format!(
        "fn term(s: u32) -> real {{
             let at = s * 5u;
             var z = x(4u);
             for (var j = 0u; j < 4u; j++) {{ z += x(j) * data(at + j); }}
             let y = data(at + 4u);
             {loss}
         }}"
    );
    let points = stream.points(&[0.8, -0.4, 0.2, 0.0, 0.1], 0.5);
    Model { name, text, data, terms: Some(200), points }
}

/// Softmax cross-entropy of a network of layers 4, 5 (tanh) and 3.
fn network() -> Model {
    let mut stream = Stream::new(12);
    let mut data = Vec::new();
    for row in 0..30 {
        data.extend((0..4).map(|_| stream.decimal(-1.0, 1.0)));
        data.push(f64::from(row % 3));
    }
    let text = "fn term(s: u32) -> real {
        let at = s * 5u;
        var hidden: array<real, 5>;
        for (var j = 0u; j < 5u; j++) {
            var z = x(20u + j);
            for (var i = 0u; i < 4u; i++) { z += x(i * 5u + j) * data(at + i); }
            hidden[j] = tanh(z);
        }
        var out: array<real, 3>;
        for (var k = 0u; k < 3u; k++) {
            var z = x(40u + k);
            for (var j = 0u; j < 5u; j++) { z += x(25u + j * 3u + k) * hidden[j]; }
            out[k] = z;
        }
        let top = max(out[0], max(out[1], out[2]));
        var sum: real = 0.0;
        for (var k = 0u; k < 3u; k++) { sum += exp(out[k] - top); }
        return log(sum) + top - out[u32(data(at + 4u))];
    }";
    let points = stream.points(&[0.0; 43], 0.8);
    Model { name: "network 4-5-3", text: text.into(), data, terms: Some(30), points }
}

/// The classical Runge-Kutta method on a function `slope` of a vector of two.
fn runge_kutta(steps: usize, step: &str) -> String {
    format!(
        "fn run(start: vec2<real>) -> vec2<real> {{
             let h = real({step});
             var s = start;
             for (var i = 0; i < {steps}; i++) {{
                 let a = slope(s);
                 let b = slope(s + 0.5 * h * a);
                 let c = slope(s + 0.5 * h * b);
                 let d = slope(s + h * c);
                 s += h / 6.0 * (a + 2.0 * b + 2.0 * c + d);
             }}
             return s;
         }}\n"
    )
}

/// Damped; of the angle, the speed, the damping and g/l.
fn pendulum(name: &'static str, steps: usize, step: &str) -> Model {
    let text = format!(
        "fn slope(s: vec2<real>) -> vec2<real> {{ return vec2<real>(s.y, -x(2u) * s.y - x(3u) * sin(s.x)); }}
         {}fn objective() -> real {{
             let s = run(vec2<real>(x(0u), x(1u)));
             return (s.x - 0.5) * (s.x - 0.5) + 0.1 * s.y * s.y;
         }}",
        runge_kutta(steps, step)
    );
    let points = Stream::new(13).points(&[1.2, 0.3, 0.25, 9.81], 0.2);
    Model { name, text, data: Vec::new(), terms: None, points }
}

/// A chain of two decays; of the first amount and the two rates.
fn decay() -> Model {
    let text = format!(
        "fn slope(s: vec2<real>) -> vec2<real> {{ return vec2<real>(-x(1u) * s.x, x(1u) * s.x - x(2u) * s.y); }}
         {}fn objective() -> real {{
             let s = run(vec2<real>(x(0u), 0.0));
             return s.x + 2.0 * s.y;
         }}",
        runge_kutta(100, "0.03")
    );
    let points = Stream::new(14).points(&[2.0, 0.9, 0.5], 0.3);
    Model { name: "decay, 100 steps", text, data: Vec::new(), terms: None, points }
}

fn log_of_sum() -> Model {
    let mut stream = Stream::new(15);
    let data = (0..6).map(|_| stream.decimal(-2.0, 2.0)).collect();
    let text = "fn objective() -> real {
        var top = data(0u) * x(0u);
        for (var i = 1u; i < dimension(); i++) { top = max(top, data(i) * x(i)); }
        var sum: real = 0.0;
        for (var i = 0u; i < dimension(); i++) { sum += exp(data(i) * x(i) - top); }
        return top + log(sum);
    }";
    let points = stream.points(&[0.0; 6], 3.0);
    Model { name: "logsumexp", text: text.into(), data, terms: None, points }
}

/// Six knots between two walls, seven springs, weights.
fn springs() -> Model {
    let text = "struct Spring { stiffness: real, length: real }
        fn knot(i: u32) -> vec2<real> {
            if (i == 0u) { return vec2<real>(0.0, 0.0); }
            if (i == 7u) { return vec2<real>(7.0, 0.0); }
            return vec2<real>(x(2u * i - 2u), x(2u * i - 1u));
        }
        fn term(s: u32) -> real {
            let spring = Spring(data(2u * s), data(2u * s + 1u));
            let over = distance(knot(s), knot(s + 1u)) - spring.length;
            let weight = 0.3 * 9.81 * knot(s).y;
            return 0.5 * spring.stiffness * over * over + weight;
        }";
    let mut stream = Stream::new(16);
    let data = (0..7).flat_map(|_| [stream.decimal(5.0, 50.0), stream.decimal(0.5, 0.9)]).collect();
    let straight: Vec<f64> = (1..=6).flat_map(|i| [f64::from(i), -0.8]).collect();
    let points = stream.points(&straight, 0.3);
    Model { name: "springs", text: text.into(), data, terms: Some(7), points }
}

/// Four atoms that attract and repel each other, after Lennard and Jones.
fn atoms() -> Model {
    let text =
        "fn atom(i: u32) -> vec3<real> { return vec3<real>(x(3u * i), x(3u * i + 1u), x(3u * i + 2u)); }
        fn objective() -> real {
            var sum: real = 0.0;
            for (var i = 1u; i < 4u; i++) {
                for (var j = 0u; j < i; j++) {
                    let apart = atom(i) - atom(j);
                    let inverse = 1.0 / dot(apart, apart);
                    let sixth = inverse * inverse * inverse;
                    sum += 4.0 * (sixth * sixth - sixth);
                }
            }
            return sum;
        }";
    let corners = [0.0, 0.0, 0.0, 1.1, 0.0, 0.0, 0.5, 1.0, 0.0, 0.5, 0.35, 0.95];
    let points = Stream::new(17).points(&corners, 0.1);
    Model { name: "four atoms", text: text.into(), data: Vec::new(), terms: None, points }
}

/// Functions in pieces, away from their edges.
fn pieces() -> Model {
    let text = "fn objective() -> real {
        let a = x(0u); let b = x(1u); let c = x(2u); let d = x(3u);
        let low = min(a * b, c) + max(sin(a), d * d);
        let held = clamp(b + c, -1.0, 0.25 * d) * clamp(a, 0.0, 10.0);
        let away = abs(a - 3.0 * b) * sign(c) + select(exp(c), b * d, a < b);
        let soft = smoothstep(-2.0, 4.0, a + b) + relu(c - b) * saturate(0.1 * d);
        let stairs = floor(10.3 * a) * b + fract(3.7 * c) + step(0.2, d) * c + round(2.2 * b) * d + trunc(1.7 * d) * a;
        var last = d * d;
        switch u32(floor(abs(d))) { case 0u: { last = a * d; } case 1u, 2u: { last *= b; } default: { last += c; } }
        if (last > 0.5) { last = sqrt(last); } else { last = last * last; }
        return low + held + away + soft + stairs + last;
    }";
    let points =
        vec![vec![0.5, -0.625, 1.375, 1.25], vec![1.75, 0.75, -0.5, 2.625], vec![0.875, 1.125, 0.25, 0.625]];
    Model { name: "pieces", text: text.into(), data: Vec::new(), terms: None, points }
}
