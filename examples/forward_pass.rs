//! Scores a file of network parameters on IDX images, as a check of the forward pass against published numbers:
//!
//! ```text
//! cargo run --release --example forward_pass -- PARAMETERS WIDTHS IMAGES LABELS
//! cargo run --release --example forward_pass -- weights.bin 784,50,100,10 t10k-images.gz t10k-labels.gz
//! ```
//!
//! PARAMETERS holds little-endian f32: W1 (inputs x outputs, by rows), b1, W2, b2, …. Hidden layers are sigmoid, pixels
//! are divided by 255. The accuracy is computed twice: in f64 by matrix products, and from the losses of the CPU engine
//! in f32 (a sample counts as right if no class has a lower cross-entropy than its own).

use std::error::Error;
use std::path::Path;

use ndarray::Array2;
use plusminus::data::read_idx;
use plusminus::{Activation, Architecture, Engine, Loss, Network, Objective, Precision, Samples, Targets};

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [parameters, widths, images, labels] = args.as_slice() else {
        return Err(
            "give PARAMETERS WIDTHS IMAGES LABELS, such as weights.bin 784,50,100,10 images.gz labels.gz"
                .into(),
        );
    };
    let parameters: Vec<f64> = std::fs::read(parameters)?
        .chunks_exact(4)
        .map(|b| f64::from(f32::from_le_bytes([b[0], b[1], b[2], b[3]])))
        .collect();
    let widths = widths.split(',').map(str::parse).collect::<Result<Vec<usize>, _>>()?;
    let (Some(&inputs), Some(&outputs)) = (widths.first(), widths.last()) else {
        return Err("WIDTHS is empty".into());
    };
    let mut architecture = Architecture::new(inputs, Loss::SoftmaxCrossEntropy);
    for (i, &width) in widths.iter().enumerate().skip(1) {
        let last = i + 1 == widths.len();
        architecture =
            architecture.dense(width, if last { Activation::Identity } else { Activation::Sigmoid });
    }

    let (pixels, classes) = (read_idx(Path::new(images))?, read_idx(Path::new(labels))?);
    let count = classes.bytes.len();
    let values = pixels.bytes.iter().map(|&byte| f64::from(byte) / 255.0).collect();
    let images = Array2::from_shape_vec((count, pixels.bytes.len() / count), values)?;
    let classes: Vec<u32> = classes.bytes.iter().map(|&class| u32::from(class)).collect();

    let samples = Samples::new(images.clone(), Targets::Classes(classes.clone()))?;
    let network = Network::new(architecture.clone(), samples)?;
    let accuracy = network.accuracy(&parameters, network.samples())?;
    println!("f64, matrix products: {} of {count} right", (accuracy * count as f64).round());

    // The engine evaluates losses: one sample at a time under every class.
    let points = Array2::from_shape_vec((1, network.dimension()), parameters)?;
    let engine = Engine::cpu(Precision::F32);
    let mut losses = Array2::zeros((count, outputs));
    for class in 0..outputs {
        let samples = Samples::new(images.clone(), Targets::Classes(vec![class as u32; count]))?;
        let network = Network::new(architecture.clone(), samples)?;
        let mut evaluator = engine.evaluator(&network)?;
        for s in 0..count {
            evaluator.select(Some(&[s as u32]))?;
            losses[[s, class]] = evaluator.values(points.view())?[0];
        }
    }
    let right = losses.rows().into_iter().zip(&classes).filter(|(row, class)| {
        let own = row[**class as usize];
        row.iter().all(|loss| own <= *loss)
    });
    println!("f32, CPU engine: {} of {count} right", right.count());
    Ok(())
}
