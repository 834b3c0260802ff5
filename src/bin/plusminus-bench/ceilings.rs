//! What this machine does at best: a matrix product and a copy, on all threads.

use std::time::Instant;

use ndarray::Array2;
use plusminus::Precision;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// In one precision.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Ceilings {
    pub precision: String,
    /// Floating-point operations a second of a product of two matrices of 512 rows and columns on each thread.
    pub product_flops_per_second: f64,
    /// Bytes read and written a second by a copy of 32 MiB on each thread.
    pub copy_bytes_per_second: f64,
}

/// The most of several tries, which what else the machine does can only make less.
fn best(work: f64, run: impl Fn()) -> f64 {
    let once = || {
        let begin = Instant::now();
        run();
        work / begin.elapsed().as_secs_f64()
    };
    once();
    (0..7).map(|_| once()).fold(0.0, f64::max)
}

fn of<T: ndarray::LinalgScalar + From<f32> + Send + Sync>(precision: Precision) -> Ceilings {
    let (threads, n) = (rayon::current_num_threads(), 512);
    let matrix = Array2::<T>::from_shape_fn((n, n), |(i, j)| T::from((i + 2 * j) as f32 * 1e-3));
    let product =
        || (0..threads).into_par_iter().for_each(|_| drop(std::hint::black_box(matrix.dot(&matrix))));
    let count = (32 << 20) / size_of::<T>();
    let from = vec![T::from(1.0); count * threads];
    let to = std::sync::Mutex::new(from.clone());
    let copy = || {
        if let Ok(mut to) = to.lock() {
            to.par_chunks_mut(count)
                .zip(from.par_chunks(count))
                .for_each(|(to, from)| to.copy_from_slice(from));
        }
    };
    Ceilings {
        precision: precision.to_string(),
        product_flops_per_second: best((threads * 2 * n * n * n) as f64, product),
        copy_bytes_per_second: best((2 * from.len() * size_of::<T>()) as f64, copy),
    }
}

/// In f32 and f64.
pub fn all() -> Vec<Ceilings> {
    vec![of::<f32>(Precision::F32), of::<f64>(Precision::F64)]
}
