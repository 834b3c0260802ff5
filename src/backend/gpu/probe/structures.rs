//! Arrays, vectors, products, buffers.

use super::check::{ANSWERS, Check, INPUTS, PRODUCTS, Text};
use super::report::Structures;
use crate::error::Result;

/// Invocations of a check.
const INVOCATIONS: u32 = 64;

/// Rows, columns and depth of the product: no multiples of its tiles.
const ROWS: u32 = 33;
const COLUMNS: u32 = 35;
const DEPTH: u32 = 50;

/// Bytes of a binding at most: nothing here needs more.
const MOST: u64 = 1 << 31;

/// Calls through the same buffer.
const CALLS: u32 = 4;

pub(super) fn measure(check: &Check<'_>) -> Result<Structures> {
    Ok(Structures {
        arrays: arrays(check)?,
        // A refusal is an answer, too.
        components: components(check).unwrap_or(false),
        products: products(check)?,
        readback: readback(check)?,
        binding: binding(check)?,
    })
}

fn arrays(check: &Check<'_>) -> Result<bool> {
    const COUNT: u32 = 8;
    const SEED: u32 = 77;
    let answers = check.answers(Text::Arrays, "arrays", &[COUNT, SEED], 1, (COUNT * INVOCATIONS) as usize)?;
    let is_sorted = |(id, row): (u32, &[u32])| {
        let mut state = id + SEED;
        let mut numbers = [0; COUNT as usize].map(|_: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state >> 16
        });
        numbers.sort_unstable();
        numbers == row
    };
    Ok((0..).zip(answers.chunks_exact(COUNT as usize)).all(is_sorted))
}

fn components(check: &Check<'_>) -> Result<bool> {
    const TURNS: u32 = 6;
    let answers = check.answers(Text::Components, "components", &[TURNS], 1, 2 * INVOCATIONS as usize)?;
    let is_right = |(id, row): (u32, &[u32])| {
        let (mut v, mut m) = ([0.0f32; 4], [[0.0f32; 2]; 2]);
        for k in 0..TURNS {
            v[((k + id) % 4) as usize] += (k + 1) as f32;
            m[(k % 2) as usize][((k + id) % 2) as usize] += (id + k) as f32;
        }
        let vector = v[0] + 10.0 * v[1] + 100.0 * v[2] + 1000.0 * v[3];
        let matrix = m[0][0] + 100.0 * m[0][1] + 10_000.0 * m[1][0] + 1_000_000.0 * m[1][1];
        // Whole numbers, but the last may have more digits than f32.
        let near = |bits: u32, value: f32| (f32::from_bits(bits) - value).abs() <= 4e-7 * value.abs();
        near(row[0], vector) && near(row[1], matrix)
    };
    Ok((0..).zip(answers.chunks_exact(2)).all(is_right))
}

fn products(check: &Check<'_>) -> Result<bool> {
    let a = |row: u32, k: u32| ((7 * row + 3 * k) % 11) as f32 - 5.0;
    let b = |k: u32, column: u32| ((5 * k + 2 * column) % 13) as f32 - 6.0;
    let left = (0..ROWS).flat_map(|row| (0..DEPTH).map(move |k| a(row, k)));
    let right = (0..DEPTH).flat_map(|k| (0..COLUMNS).map(move |column| b(k, column)));
    let inputs: Vec<u32> = left.chain(right).map(f32::to_bits).collect();
    let bytes = u64::from(4 * ROWS * COLUMNS);
    let bound = check.bound(&inputs, bytes)?;
    let exact = |row, column| (0..DEPTH).map(|k| a(row, k) * b(k, column)).sum::<f32>();
    for (kernel, tile) in PRODUCTS {
        let pipeline = check.pipeline(Text::Product, kernel)?;
        let mut recording = check.recording(&[&pipeline], &bound, 1, &[(0, bytes)]);
        for dispatch in &mut recording.dispatches {
            dispatch.groups = tile.groups(ROWS as usize, COLUMNS as usize, 1);
        }
        let found = check.gpu.execute(&recording)?.concat();
        let mut all = (0..ROWS).flat_map(|row| (0..COLUMNS).map(move |column| (row, column))).zip(&found);
        if !all.all(|((row, column), &bits)| f32::from_bits(bits) == exact(row, column)) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether results that are read one after the other through the same buffer are each call's own.
fn readback(check: &Check<'_>) -> Result<bool> {
    const WORDS: u32 = 16 * INVOCATIONS;
    let pipeline = check.pipeline(Text::Memory, "pattern")?;
    let bytes = u64::from(4 * WORDS);
    let bound = check.bound(&[0], bytes)?;
    let recording = check.recording(&[&pipeline], &bound, 16, &[(0, bytes)]);
    for call in 0..CALLS {
        let first = 1000 * (call + 1);
        check.gpu.write(bound.buffer(INPUTS), 0, &first.to_ne_bytes());
        let found = check.gpu.execute(&recording)?.concat();
        let wanted = (0..WORDS).map(|i| (first + i).wrapping_mul(2_654_435_769));
        if !wanted.eq(found.iter().copied()) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The largest binding whose ends keep what is written, in steps of a half.
fn binding(check: &Check<'_>) -> Result<u64> {
    const SEED: u32 = 0x5eed;
    let info = &check.gpu.info;
    let pipeline = check.pipeline(Text::Memory, "ends")?;
    let mut bytes = info.max_storage_binding.min(info.max_buffer).min(MOST) / 16 * 16;
    while bytes >= 1 << 20 {
        // There may be less memory than the driver says; that is an error here, and no more.
        if let Ok(bound) = check.bound(&[SEED], bytes) {
            let size = bound.buffer(ANSWERS).size();
            let recording = check.recording(&[&pipeline], &bound, 1, &[(0, 4), (size - 4, 4)]);
            if check.gpu.execute(&recording).is_ok_and(|found| found.concat() == [SEED, SEED + 1]) {
                return Ok(bytes);
            }
        }
        bytes = bytes / 2 / 16 * 16;
    }
    Ok(0)
}
