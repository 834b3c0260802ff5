//! The inputs that `python -m peers.inputs` wrote: the same numbers, made in one place.

use std::fs;
use std::path::Path;

use serde::Deserialize;

/// What `workloads.json` says of one workload; `file` begins the names of its arrays.
#[derive(Debug, Deserialize)]
pub struct Workload {
    pub group: String,
    pub name: String,
    pub kind: String,
    pub file: String,
    pub task: String,
    pub n: usize,
    pub batch: usize,
    pub steps: usize,
    pub rate: f64,
    #[serde(default)]
    pub widths: Vec<usize>,
}

/// Points and exact gradients, point by point.
pub struct Arrays {
    pub points: Vec<f64>,
    pub witness: Vec<f64>,
}

/// The list in a folder.
pub fn workloads(folder: &Path) -> Result<Vec<Workload>, String> {
    let path = folder.join("workloads.json");
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
}

/// Little-endian numbers of f64.
pub fn array(folder: &Path, workload: &Workload, what: &str) -> Result<Vec<f64>, String> {
    let path = folder.join(format!("{}.{what}.f64", workload.file));
    let bytes = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(bytes.as_chunks::<8>().0.iter().map(|&eight| f64::from_le_bytes(eight)).collect())
}

impl Arrays {
    pub fn read(folder: &Path, workload: &Workload) -> Result<Arrays, String> {
        let read = |what| array(folder, workload, what);
        Ok(Arrays { points: read("points")?, witness: read("witness")? })
    }
}
