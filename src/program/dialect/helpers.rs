//! Functions of WGSL that are the same in either precision only if they are written out: those that take a number apart or put it
//! together, and those that pack several into one. Texts that call one get its text, under a name of the engine's, so that the CPU
//! engine, slopes and devices read the same.

use std::collections::{HashMap, HashSet};

use super::Source;

/// Before their names.
const OURS: &str = "pm_";

/// A function, what else it calls, and its text.
struct Helper {
    name: &'static str,
    needs: &'static [&'static str],
    text: &'static str,
}

/// In an order in which each stands behind what it needs.
const HELPERS: &[Helper] = &[
    Helper {
        name: "modf",
        needs: &[],
        text: "struct PmModf { fract: real, whole: real }
fn pm_modf(a: real) -> PmModf { let whole = trunc(a); return PmModf(a - whole, whole); }",
    },
    // In two factors, neither of which overflows where the result does not.
    Helper {
        name: "ldexp",
        needs: &[],
        text: "fn pm_ldexp(a: real, e: i32) -> real { let h = e / 2; return a * exp2(real(h)) * exp2(real(e - h)); }",
    },
    // The logarithm may be off by one next to powers of two.
    Helper {
        name: "frexp",
        needs: &["ldexp"],
        text: "struct PmFrexp { fract: real, exp: i32 }
fn pm_frexp(a: real) -> PmFrexp {
    if (a == 0.0) { return PmFrexp(a, 0); }
    var e = i32(floor(log2(abs(a)))) + 1;
    var f = pm_ldexp(a, -e);
    if (abs(f) >= 1.0) { f *= 0.5; e += 1; }
    if (abs(f) < 0.5) { f *= 2.0; e -= 1; }
    return PmFrexp(f, e);
}",
    },
    Helper {
        name: "pack4x8snorm",
        needs: &[],
        text: "fn pm_pack4x8snorm(v: vec4<real>) -> u32 {
    let i = vec4<i32>(floor(0.5 + 127.0 * clamp(v, vec4<real>(-1.0), vec4<real>(1.0))));
    let u = vec4<u32>(i) & vec4<u32>(255u);
    return u.x | (u.y << 8u) | (u.z << 16u) | (u.w << 24u);
}",
    },
    Helper {
        name: "pack4x8unorm",
        needs: &[],
        text: "fn pm_pack4x8unorm(v: vec4<real>) -> u32 {
    let u = vec4<u32>(floor(0.5 + 255.0 * clamp(v, vec4<real>(0.0), vec4<real>(1.0))));
    return u.x | (u.y << 8u) | (u.z << 16u) | (u.w << 24u);
}",
    },
    Helper {
        name: "pack2x16snorm",
        needs: &[],
        text: "fn pm_pack2x16snorm(v: vec2<real>) -> u32 {
    let i = vec2<i32>(floor(0.5 + 32767.0 * clamp(v, vec2<real>(-1.0), vec2<real>(1.0))));
    let u = vec2<u32>(i) & vec2<u32>(65535u);
    return u.x | (u.y << 16u);
}",
    },
    Helper {
        name: "pack2x16unorm",
        needs: &[],
        text: "fn pm_pack2x16unorm(v: vec2<real>) -> u32 {
    let u = vec2<u32>(floor(0.5 + 65535.0 * clamp(v, vec2<real>(0.0), vec2<real>(1.0))));
    return u.x | (u.y << 16u);
}",
    },
    Helper {
        name: "unpack4x8snorm",
        needs: &[],
        text: "fn pm_unpack4x8snorm(u: u32) -> vec4<real> {
    let i = vec4<i32>(i32(u << 24u), i32(u << 16u), i32(u << 8u), i32(u)) >> vec4<u32>(24u);
    return max(vec4<real>(i) / 127.0, vec4<real>(-1.0));
}",
    },
    Helper {
        name: "unpack4x8unorm",
        needs: &[],
        text: "fn pm_unpack4x8unorm(u: u32) -> vec4<real> {
    return vec4<real>(vec4<u32>(u & 255u, (u >> 8u) & 255u, (u >> 16u) & 255u, u >> 24u)) / 255.0;
}",
    },
    Helper {
        name: "unpack2x16snorm",
        needs: &[],
        text: "fn pm_unpack2x16snorm(u: u32) -> vec2<real> {
    let i = vec2<i32>(i32(u << 16u), i32(u)) >> vec2<u32>(16u);
    return max(vec2<real>(i) / 32767.0, vec2<real>(-1.0));
}",
    },
    Helper {
        name: "unpack2x16unorm",
        needs: &[],
        text: "fn pm_unpack2x16unorm(u: u32) -> vec2<real> {
    return vec2<real>(vec2<u32>(u & 65535u, u >> 16u)) / 65535.0;
}",
    },
];

/// Names that SciPy has for functions of the engine's, unless the text has functions of these names.
const OTHER_NAMES: [(&str, &str); 2] = [("expit", "sigmoid"), ("gammaln", "lgamma")];

/// Those of [`HELPERS`] that take vectors, too, component by component.
pub(super) const OF_VECTORS: [&str; 3] = ["modf", "frexp", "ldexp"];

impl<'a> Source<'a> {
    /// What stands in the place of a function that is called here, if it is one of these; which are of vectors, the places of the
    /// calls tell. Without them other names alone are replaced.
    pub(super) fn helper(
        &self,
        at: usize,
        declared: &HashSet<&str>,
        vectors: Option<&HashMap<usize, usize>>,
    ) -> Option<String> {
        let name = self.text_at(at);
        let is_call = self.text_at(at + 1) == "(" && self.text_at(at.wrapping_sub(1)) != "fn";
        if !is_call || declared.contains(name) {
            return None;
        }
        if let Some((_, ours)) = OTHER_NAMES.iter().find(|(other, _)| *other == name) {
            return Some((*ours).into());
        }
        let is_one = HELPERS.iter().any(|helper| helper.name == name);
        let components = vectors?.get(&self.tokens[at].at);
        let suffix = components.map_or_else(String::new, |n| format!("_v{n}"));
        is_one.then(|| format!("{OURS}{name}{suffix}"))
    }
}

/// The texts of those that were called, by the names that they have in the text.
pub(super) fn texts(called: &[String]) -> String {
    let is_called = |name: &str, n: Option<usize>| {
        let own = n.map_or_else(|| format!("{OURS}{name}"), |n| format!("{OURS}{name}_v{n}"));
        called.contains(&own)
    };
    let in_any_form = |name: &str| is_called(name, None) || (2..=4).any(|n| is_called(name, Some(n)));
    let is_needed =
        |name: &str| HELPERS.iter().any(|helper| in_any_form(helper.name) && helper.needs.contains(&name));
    let needed = HELPERS.iter().filter(|helper| in_any_form(helper.name) || is_needed(helper.name));
    let mut all: String = needed.map(|helper| format!("\n{}\n", helper.text)).collect();
    for name in OF_VECTORS {
        for n in (2..=4).filter(|&n| is_called(name, Some(n))) {
            all += &of_vectors(name, n);
        }
    }
    all
}

/// One of [`OF_VECTORS`] for vectors of n components.
fn of_vectors(name: &str, n: usize) -> String {
    let each = |write: &dyn Fn(&str) -> String| {
        let components: Vec<String> = ["x", "y", "z", "w"][..n].iter().map(|c| write(c)).collect();
        components.join(", ")
    };
    let (structure, second, of_second) = match name {
        "ldexp" => {
            let components = each(&|c| format!("pm_ldexp(a.{c}, e.{c})"));
            return format!(
                "\nfn pm_ldexp_v{n}(a: vec{n}<real>, e: vec{n}<i32>) -> vec{n}<real> {{ return vec{n}<real>({components}); }}\n"
            );
        }
        "modf" => ("PmModf", "whole", "real"),
        _ => ("PmFrexp", "exp", "i32"),
    };
    let fract = each(&|c| format!("pm_{name}(a.{c}).fract"));
    let other = each(&|c| format!("pm_{name}(a.{c}).{second}"));
    format!(
        "\nstruct {structure}{n} {{ fract: vec{n}<real>, {second}: vec{n}<{of_second}> }}
fn pm_{name}_v{n}(a: vec{n}<real>) -> {structure}{n} {{ return {structure}{n}(vec{n}<real>({fract}), vec{n}<{of_second}>({other})); }}
"
    )
}
