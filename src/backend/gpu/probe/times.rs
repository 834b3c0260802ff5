//! What takes how long: the best of a few.

use std::time::Instant;

use super::check::{ANSWERS, Check, INPUTS, Text};
use super::report::Times;
use crate::error::Result;
use crate::numeric::Precision;

/// Of each measurement so many are made.
const TRIES: usize = 3;

/// Launches, of which each needs the one before.
const LAUNCHES: usize = 12;

/// Invocations of the loop of multiplications, and what each turn of it does.
const INVOCATIONS: u32 = 1 << 17;
const EACH: u32 = 8;

/// Turns of the loop at most.
const TURNS: u32 = 1 << 14;

/// What takes less than this, in seconds, is mostly the submission.
const LONG: f64 = 5e-3;

/// Bytes that are moved.
const BYTES: usize = 8 << 20;

pub(super) fn measure(check: &Check<'_>) -> Result<Times> {
    let bound = check.bound(&[0; 4], 4)?;
    let next = check.pipeline(Text::Times(Precision::F32), "next")?;
    let empty = check.recording(&[], &bound, 1, &[]);
    let submission = best(|| check.gpu.execute(&empty).map(drop))?;
    let chain = check.recording(&[&next; LAUNCHES], &bound, 1, &[]);
    let launches = best(|| check.gpu.execute(&chain).map(drop))?;

    let contents = vec![1u8; BYTES];
    let bound = check.bound(&[0; BYTES / 4], BYTES as u64)?;
    let upload = best(|| {
        check.gpu.write(bound.buffer(INPUTS), 0, &contents);
        check.gpu.execute(&empty).map(drop)
    })?;
    debug_assert!(bound.buffer(ANSWERS).size() >= BYTES as u64);
    let all = check.recording(&[], &bound, 1, &[(0, BYTES as u64)]);
    let readback = best(|| check.gpu.execute(&all).map(drop))?;
    let of_bytes = |seconds: f64| BYTES as f64 / (seconds - submission).max(1e-6);
    Ok(Times {
        submission,
        launch: (launches - submission).max(0.0) / LAUNCHES as f64,
        rate: rate(check, Precision::F32)?,
        rate_f64: if check.gpu.info.f64 { Some(rate(check, Precision::F64)?) } else { None },
        upload: of_bytes(upload),
        readback: of_bytes(readback),
    })
}

fn best(mut run: impl FnMut() -> Result<()>) -> Result<f64> {
    let mut least = f64::INFINITY;
    for _ in 0..TRIES {
        let begin = Instant::now();
        run()?;
        least = least.min(begin.elapsed().as_secs_f64());
    }
    Ok(least)
}

/// Multiplications and additions in a second: of loops that get longer until they take a while.
fn rate(check: &Check<'_>, precision: Precision) -> Result<f64> {
    let pipeline = check.pipeline(Text::Times(precision), "multiply_add")?;
    let bound = check.bound(&[0; 4], u64::from(4 * INVOCATIONS))?;
    let recording = check.recording(&[&pipeline], &bound, INVOCATIONS / 64, &[]);
    let mut turns = 16u32;
    loop {
        let inputs = [0.999_f32.to_bits(), 0.5_f32.to_bits(), turns, 0];
        check.gpu.write(bound.buffer(INPUTS), 0, bytemuck::cast_slice(&inputs));
        let begin = Instant::now();
        check.gpu.execute(&recording)?;
        let seconds = begin.elapsed().as_secs_f64();
        if seconds > LONG || turns >= TURNS {
            return Ok(f64::from(INVOCATIONS) * f64::from(turns * EACH) / seconds);
        }
        turns *= 4;
    }
}
