//! A model in files: `model.json` and `parameters.npz`.

use std::path::Path;

use ndarray::{Array1, ArrayD, Ix1};
use serde::{Deserialize, Serialize};

use super::{Baseline, Model, Reading};
use crate::data::{Decimal, Separator, TableOptions, need_npz_array, read_npz_array};
use crate::error::{Error, Result};
use crate::job::config::Missing;
use crate::job::samples::{Classes, Layout, Scaling};
use crate::objective::{Activation, Architecture, Loss};
use crate::text::read_text;

pub(in crate::job) const MODEL: &str = "model.json";
const PARAMETERS: &str = "parameters.npz";

/// What this version writes; files of a later one are refused.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct ModelFile {
    /// The layout of this file.
    version: u32,
    /// The version of the program.
    plusminus: String,
    inputs: usize,
    layers: Vec<LayerFile>,
    biases: bool,
    loss: Loss,
    #[serde(skip_serializing_if = "Option::is_none")]
    classes: Option<ClassesFile>,
    baseline: BaselineFile,
    reading: ReadingFile,
}

#[derive(Serialize, Deserialize)]
struct LayerFile {
    units: usize,
    activation: Activation,
}

#[derive(Serialize, Deserialize)]
struct ClassesFile {
    names: Vec<String>,
    /// Whether labels count the classes from 0.
    by_number: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum BaselineFile {
    Class(usize),
    Means(Vec<f64>),
}

#[derive(Serialize, Deserialize)]
struct ReadingFile {
    format: String,
    layout: Layout,
    #[serde(skip_serializing_if = "Option::is_none")]
    header: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    separator: Option<Separator>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decimal: Option<Decimal>,
    skip: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    missing_values: Option<Vec<String>>,
    missing: Missing,
    inputs: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    labels: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    values: Option<String>,
}

/// Arrays beside the parameters.
const SCALING: [(&str, &str); 2] = [("feature_shift", "feature_scale"), ("target_shift", "target_scale")];

impl Model {
    /// The contents of `model.json`.
    pub(in crate::job) fn to_json(&self) -> std::result::Result<String, String> {
        let Reading { layout, table, missing, inputs, labels, values, format } = &self.reading;
        let layers = self.architecture.layers().iter();
        let file = ModelFile {
            version: VERSION,
            plusminus: env!("CARGO_PKG_VERSION").into(),
            inputs: self.architecture.inputs(),
            layers: layers
                .map(|layer| LayerFile { units: layer.outputs, activation: layer.activation })
                .collect(),
            biases: self.architecture.has_biases(),
            loss: self.architecture.loss(),
            classes: self.classes.as_ref().map(|classes| ClassesFile {
                names: classes.names().to_vec(),
                by_number: classes.by_number(),
            }),
            baseline: match &self.baseline {
                Baseline::Class(class) => BaselineFile::Class(*class),
                Baseline::Means(means) => BaselineFile::Means(means.clone()),
            },
            reading: ReadingFile {
                format: format.clone(),
                layout: layout.clone(),
                header: table.header,
                separator: table.separator,
                decimal: table.decimal,
                skip: table.skip,
                missing_values: table.missing_values.clone(),
                missing: *missing,
                inputs: inputs.clone(),
                labels: labels.clone(),
                values: values.clone(),
            },
        };
        serde_json::to_string_pretty(&file).map_err(|error| error.to_string())
    }

    /// What belongs into `parameters.npz`: the parameters layer by layer, and the scaling.
    pub(in crate::job) fn arrays(&self) -> Result<Vec<(String, ArrayD<f64>)>> {
        let views = self.architecture.views(&self.parameters)?;
        let array = |view: &crate::objective::ParameterView<'_>| match view.is_bias {
            true => view.values.row(0).to_owned().into_dyn(),
            false => view.values.to_owned().into_dyn(),
        };
        let mut arrays: Vec<_> = views.iter().map(|view| (view.name.clone(), array(view))).collect();
        for ((shift, scale), scaling) in SCALING.iter().zip([&self.features, &self.targets]) {
            if let Some(scaling) = scaling {
                arrays.push(((*shift).into(), Array1::from(scaling.shift.clone()).into_dyn()));
                arrays.push(((*scale).into(), Array1::from(scaling.scale.clone()).into_dyn()));
            }
        }
        Ok(arrays)
    }

    /// The same for `parameters.safetensors`: weights as `[outputs, inputs]`, as PyTorch's `nn.Linear` has them.
    pub(in crate::job) fn tensors(&self) -> Result<Vec<(String, ArrayD<f64>)>> {
        let turned = |(name, array): (String, ArrayD<f64>)| match array.ndim() {
            2 => (name, array.reversed_axes()),
            _ => (name, array),
        };
        Ok(self.arrays()?.into_iter().map(turned).collect())
    }

    /// Reads the model of a folder of results.
    ///
    /// # Errors
    /// [`Error::File`] if a file is not there; [`Error::Data`] if it is no model of this version, or its arrays do not fit.
    pub fn read(folder: &Path) -> Result<Self> {
        let path = folder.join(MODEL);
        if !path.exists() {
            return Err(Error::usage(format!(
                "{}: there is no {MODEL}, so it is no folder of a training; give the folder that `plusminus run` wrote",
                folder.display()
            )));
        }
        let text = read_text(&path)?;
        let wrong = |message: String| Error::data(&path, message);
        let version: serde_json::Value =
            serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        match version.get("version").and_then(serde_json::Value::as_u64) {
            Some(version) if version > u64::from(VERSION) => {
                return Err(wrong(format!(
                    "it has version {version}, and this program reads up to {VERSION}: use a newer one"
                )));
            }
            Some(_) => {}
            None => return Err(wrong("it is no model: it has no version".into())),
        }
        let file: ModelFile = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        let mut architecture = Architecture::new(file.inputs, file.loss);
        for layer in &file.layers {
            architecture = architecture.dense(layer.units, layer.activation);
        }
        if !file.biases {
            architecture = architecture.without_biases();
        }
        architecture.check().map_err(|error| wrong(error.to_string()))?;
        let arrays = folder.join(PARAMETERS);
        let parameters = read_parameters(&architecture, &arrays)?;
        let scaling = |(shift, scale): (&str, &str), width: usize| -> Result<Option<Scaling>> {
            if read_npz_array(&arrays, shift)?.is_none() {
                return Ok(None);
            }
            Ok(Some(Scaling { shift: vector(&arrays, shift, width)?, scale: vector(&arrays, scale, width)? }))
        };
        let outputs = architecture.outputs();
        let (features, targets) = (scaling(SCALING[0], file.inputs)?, scaling(SCALING[1], outputs)?);
        let classes = file.classes.map(|classes| Classes::new(classes.names, classes.by_number));
        let fits = match (&classes, &file.baseline) {
            (Some(classes), BaselineFile::Class(class)) => classes.len() == outputs && *class < outputs,
            (None, BaselineFile::Means(means)) => means.len() == outputs,
            _ => false,
        };
        if !fits {
            return Err(wrong(format!(
                "its classes or means do not fit the {outputs} outputs of the network"
            )));
        }
        let reading = file.reading;
        Ok(Model {
            parameters,
            classes,
            features,
            targets,
            baseline: match file.baseline {
                BaselineFile::Class(class) => Baseline::Class(class),
                BaselineFile::Means(means) => Baseline::Means(means),
            },
            reading: Reading {
                layout: reading.layout,
                table: TableOptions {
                    header: reading.header,
                    separator: reading.separator,
                    decimal: reading.decimal,
                    skip: reading.skip,
                    missing_values: reading.missing_values,
                },
                missing: reading.missing,
                inputs: reading.inputs,
                labels: reading.labels,
                values: reading.values,
                format: reading.format,
            },
            architecture,
        })
    }
}

fn vector(path: &Path, name: &str, width: usize) -> Result<Vec<f64>> {
    let array = need_npz_array(path, name)?;
    let shape = array.shape().to_vec();
    match array.into_dimensionality::<Ix1>() {
        Ok(array) if array.len() == width => Ok(array.to_vec()),
        _ => Err(Error::data(
            path,
            format!("array `{name}` has the shape {shape:?}, and the network needs [{width}]"),
        )),
    }
}

fn read_parameters(architecture: &Architecture, path: &Path) -> Result<Vec<f64>> {
    let none = vec![0.0; architecture.parameters()];
    let mut parameters = Vec::with_capacity(none.len());
    for view in architecture.views(&none)? {
        let array = need_npz_array(path, &view.name)?;
        let needed = if view.is_bias { vec![view.values.ncols()] } else { view.values.shape().to_vec() };
        if array.shape() != needed {
            return Err(Error::data(
                path,
                format!(
                    "array `{}` has the shape {:?}, and the network needs {needed:?}",
                    view.name,
                    array.shape()
                ),
            ));
        }
        parameters.extend(array.iter());
    }
    Ok(parameters)
}
