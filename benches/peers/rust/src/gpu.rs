//! echidna's batches on a GPU, in f32.

use echidna::gpu::{GpuBackend, GpuTapeData, WgpuContext};

use crate::inputs::Workload;
use crate::objective::Objective;
use crate::timing::Job;
use crate::ways::record;

/// One dispatch for the chosen points; the tape is uploaded before.
pub fn echidna<'a>(
    workload: &'a Workload,
    objective: &'a Objective<f32>,
    points: &'a [f64],
) -> Result<Job<'a>, String> {
    let context = WgpuContext::new().ok_or("no GPU is here that echidna can use")?;
    let n = workload.n;
    let first: Vec<f32> = points[..n].iter().map(|&x| x as f32).collect();
    let tape = record(objective, &first);
    let data = GpuTapeData::from_tape(&tape).map_err(|error| error.to_string())?;
    let buffers = context.upload_tape(&data);
    let run = move |items: &[usize]| -> Vec<f64> {
        // Of the one point the items are its coordinates.
        let items = if workload.batch == 1 { &[0] } else { items };
        let chosen = items.iter().flat_map(|&k| points[k * n..(k + 1) * n].iter().map(|&x| x as f32));
        let chosen: Vec<f32> = chosen.collect();
        match context.gradient_batch(&buffers, &chosen, items.len() as u32) {
            Ok((_, gradients)) => gradients.into_iter().map(f64::from).collect(),
            // Its relative error says so.
            Err(_) => vec![f64::NAN; chosen.len()],
        }
    };
    Ok(Job { run: Box::new(run), splits: workload.batch > 1 })
}
