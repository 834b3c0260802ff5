//! One check: a text, words to read, words that it answers.

use super::super::bindings::{Bindings, Contents, Layout, ROW, Slot};
use super::super::compiled::Module;
use super::super::device::Gpu;
use super::super::executor::{Dispatch, Recording};
use super::super::math::math;
use crate::error::Result;
use crate::numeric::Precision;
use crate::objective::{Product, Tile};

pub(super) const SETTINGS: usize = 0;
pub(super) const INPUTS: usize = 1;
pub(super) const ANSWERS: usize = 2;

const SLOTS: [Slot; 3] =
    [Slot::Settings("settings of the probe"), Slot::Read("probe inputs"), Slot::Write("probe answers")];

/// Put before each check's own text.
const COMMON: &str = include_str!("../../../../shaders/probe/common.wgsl");
const REAL: &str = include_str!("../../../../shaders/prelude/real_f32.wgsl");

/// The kernels of the check of products, one for each tile.
pub(super) const PRODUCTS: [(&str, Tile); 2] = [("multiply", Tile::SMALL), ("multiply_more", Tile::LARGE)];

/// The texts of checks.
#[derive(Clone, Copy, Debug)]
pub(super) enum Text {
    Arithmetic,
    Functions,
    Double,
    Arrays,
    Components,
    Product,
    Memory,
    /// In this precision.
    Times(Precision),
}

impl Text {
    /// The whole module.
    pub(super) fn module(self) -> String {
        let prelude = math(Precision::F32);
        let with_prelude = |own| [COMMON, REAL, prelude, own].join("\n");
        let alone = |own| [COMMON, own].join("\n");
        match self {
            Text::Arithmetic => with_prelude(include_str!("../../../../shaders/probe/arithmetic.wgsl")),
            Text::Functions => with_prelude(include_str!("../../../../shaders/probe/functions.wgsl")),
            Text::Double => alone(include_str!("../../../../shaders/probe/double.wgsl")),
            Text::Arrays => alone(include_str!("../../../../shaders/probe/arrays.wgsl")),
            Text::Components => alone(include_str!("../../../../shaders/probe/components.wgsl")),
            Text::Product => {
                let [small, large] = PRODUCTS.map(|(name, tile)| Product {
                    name,
                    given: "multiply",
                    tile,
                    rows: "33u",
                    columns: "35u",
                    depth: "50u",
                    passes: "1u",
                    shares: "1u",
                    a_by_columns: false,
                });
                let own = include_str!("../../../../shaders/probe/product.wgsl");
                alone(&[own, &small.render(), &large.render()].join("\n"))
            }
            Text::Memory => alone(include_str!("../../../../shaders/probe/memory.wgsl")),
            Text::Times(precision) => alone(
                &include_str!("../../../../shaders/probe/times.wgsl").replace("REAL", &precision.to_string()),
            ),
        }
    }
}

/// All texts, which tests translate, and which decide whether what was measured before still counts.
pub(in super::super) fn texts() -> Vec<(String, String)> {
    let all = [
        Text::Arithmetic,
        Text::Functions,
        Text::Double,
        Text::Arrays,
        Text::Components,
        Text::Product,
        Text::Memory,
        Text::Times(Precision::F32),
        Text::Times(Precision::F64),
    ];
    all.map(|text| (format!("{text:?}"), text.module())).into()
}

/// Runs checks on a device.
pub(super) struct Check<'a> {
    pub(super) gpu: &'a Gpu,
    layout: Layout,
    change: &'a dyn Fn(String) -> String,
}

impl<'a> Check<'a> {
    pub(super) fn new(gpu: &'a Gpu, change: &'a dyn Fn(String) -> String) -> Result<Self> {
        Ok(Check { gpu, layout: gpu.layout("probe", &SLOTS)?, change })
    }

    /// Whether tests have changed a text.
    pub(super) fn changes(&self, text: Text) -> bool {
        let module = text.module();
        (self.change)(module.clone()) != module
    }

    /// One kernel of a text.
    ///
    /// # Errors
    /// [`Error::Device`](crate::Error::Device) if the driver refuses it.
    pub(super) fn pipeline(&self, text: Text, kernel: &str) -> Result<wgpu::ComputePipeline> {
        let module = Module { zeroed: true, ..Module::own((self.change)(text.module())) };
        let refused = |report| self.gpu.failure(format!("the probe shader `{kernel}` was refused: {report}"));
        self.gpu.pipeline(&module, &self.layout, kernel, refused)
    }

    /// Room for these words and so many bytes of answers.
    pub(super) fn bound(&self, inputs: &[u32], answers: u64) -> Result<Bindings> {
        let inputs = self.gpu.upload("probe inputs", inputs)?;
        let contents = [Contents::Bytes(ROW), Contents::Shared(&inputs), Contents::Bytes(answers)];
        let bound = Bindings::new(self.gpu, &self.layout, &contents)?;
        self.gpu.write(bound.buffer(SETTINGS), 0, &[0; 16]);
        Ok(bound)
    }

    /// What a kernel of so many workgroups answers to these words.
    pub(super) fn answers(
        &self,
        text: Text,
        kernel: &str,
        inputs: &[u32],
        groups: u32,
        answers: usize,
    ) -> Result<Vec<u32>> {
        let pipeline = self.pipeline(text, kernel)?;
        let bytes = 4 * answers as u64;
        let bound = self.bound(inputs, bytes)?;
        Ok(self.gpu.execute(&self.recording(&[&pipeline], &bound, groups, &[(0, bytes)]))?.concat())
    }

    /// Launches one after the other, of so many workgroups each; parts of the answers (offset and bytes) are read back.
    pub(super) fn recording<'r>(
        &self,
        pipelines: &[&'r wgpu::ComputePipeline],
        bound: &'r Bindings,
        groups: u32,
        reads: &[(u64, u64)],
    ) -> Recording<'r> {
        let dispatch = |&pipeline| Dispatch {
            name: "probe",
            pipeline,
            group: &bound.group,
            offsets: vec![0],
            groups: [groups, 1, 1],
        };
        let answers = bound.buffer(ANSWERS);
        Recording {
            clears: vec![],
            dispatches: pipelines.iter().map(dispatch).collect(),
            reads: reads.iter().map(|&(offset, bytes)| (answers, offset, bytes)).collect(),
        }
    }
}
