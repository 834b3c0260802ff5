//! What a step takes by a model, for more ranks than there are, and by a simulation of every message.

/// What connects the ranks: seconds of a message without content, bytes a second.
pub struct Wires {
    pub latency: f64,
    pub bandwidth: f64,
}

/// A step of a job, as it was measured here.
struct Job {
    name: &'static str,
    /// Terms of a step.
    terms: usize,
    block: usize,
    /// Numbers of a sum.
    width: usize,
    /// Seconds of a block, whatever its size, and of each of its terms.
    of_block: f64,
    of_term: f64,
    /// Seconds of what each rank does once a step.
    once: f64,
}

impl Job {
    fn blocks(&self) -> usize {
        self.terms.div_ceil(self.block)
    }

    fn share(&self, rank: usize, size: usize) -> usize {
        let end = |rank: usize| self.blocks() * rank / size;
        end(rank + 1) - end(rank)
    }

    /// Sums that a rank sends: complete parts of the tree over the blocks.
    fn nodes(&self, rank: usize, size: usize) -> usize {
        let (mut at, end) = (self.blocks() * rank / size, self.blocks() * (rank + 1) / size);
        let mut count = 0;
        while at < end {
            let mut length = 1;
            while at % (2 * length) == 0 && at + 2 * length <= end {
                length *= 2;
            }
            (at, count) = (at + length, count + 1);
        }
        count
    }

    fn work(&self, blocks: usize) -> f64 {
        let terms = (blocks * self.block).min(self.terms);
        blocks as f64 * self.of_block + terms as f64 * self.of_term
    }
}

/// Seconds that one addition of a sum takes, a number.
const ADDITION: f64 = 1e-9;

/// Bytes of what goes before a sum.
const HEAD: f64 = 16.0;

/// As the library has it.
const LARGE: usize = 1 << 18;

/// Seconds of a step by the model: the rank with the most blocks, then messages in log₂ R rounds, then additions.
fn predicted(job: &Job, size: usize, wires: &Wires) -> f64 {
    let work = job.once + job.work(job.blocks().div_ceil(size));
    if size == 1 {
        return work;
    }
    let nodes = (0..size).map(|rank| job.nodes(rank, size)).sum::<usize>() as f64;
    let most = (0..size).map(|rank| job.nodes(rank, size)).max().unwrap_or(0) as f64;
    let bytes = 8.0 * job.width as f64;
    let gather = |bytes: f64| (size as f64).log2().ceil() * wires.latency + bytes / wires.bandwidth;
    work + if size > 2 && size * job.width * 8 > LARGE {
        let slices = (size - 1) as f64 * wires.latency / OVERLAP + most * bytes / wires.bandwidth;
        gather(HEAD * size as f64)
            + slices
            + gather(bytes)
            + nodes * job.width as f64 / size as f64 * ADDITION
    } else {
        gather(nodes * bytes + HEAD * size as f64) + nodes * job.width as f64 * ADDITION
    }
}

/// Messages to different ranks that are under way at once.
const OVERLAP: f64 = 8.0;

/// Seconds of a step, every message by itself: ranks differ in their blocks, and by `spread` in how long they take.
fn simulated(job: &Job, size: usize, wires: &Wires, spread: f64, random: &mut impl FnMut() -> f64) -> f64 {
    let mut clocks: Vec<f64> = (0..size)
        .map(|rank| (job.once + job.work(job.share(rank, size))) * (1.0 + spread * random()))
        .collect();
    if size == 1 {
        return clocks[0];
    }
    let own: Vec<f64> = (0..size).map(|rank| job.nodes(rank, size) as f64).collect();
    let nodes: f64 = own.iter().sum();
    let bytes = 8.0 * job.width as f64;
    if size > 2 && size * job.width * 8 > LARGE {
        gathered(&mut clocks, &vec![HEAD; size], wires);
        // In round k each rank sends to the one k places on; OVERLAP rounds are under way at once.
        let slice = bytes / size as f64;
        let mut free = clocks.clone();
        for k in 1..size {
            let sent = free.clone();
            for rank in 0..size {
                let from = (rank + size - k) % size;
                let arrives = sent[from] + wires.latency + own[from] * slice / wires.bandwidth;
                clocks[rank] = clocks[rank].max(arrives);
            }
            for (rank, free) in free.iter_mut().enumerate() {
                *free += wires.latency / OVERLAP + own[rank] * slice / wires.bandwidth;
            }
        }
        clocks.iter_mut().for_each(|clock| *clock += nodes * job.width as f64 / size as f64 * ADDITION);
        gathered(&mut clocks, &vec![slice; size], wires);
    } else {
        let sums: Vec<f64> = own.iter().map(|nodes| HEAD + nodes * bytes).collect();
        gathered(&mut clocks, &sums, wires);
        clocks.iter_mut().for_each(|clock| *clock += nodes * job.width as f64 * ADDITION);
    }
    clocks.into_iter().fold(0.0, f64::max)
}

/// All ranks send what they have to all, by Bruck's algorithm: in round k each sends what it has to the one 2^k places before it.
fn gathered(clocks: &mut [f64], bytes: &[f64], wires: &Wires) {
    let size = clocks.len();
    // What a rank has begins with its own, and goes on with those after it.
    let sums: Vec<f64> = std::iter::once(0.0)
        .chain((0..2 * size).scan(0.0, |sum, i| {
            *sum += bytes[i % size];
            Some(*sum)
        }))
        .collect();
    let mut has = 1;
    while has < size {
        let count = has.min(size - has);
        let sent = clocks.to_vec();
        for rank in 0..size {
            let from = (rank + has) % size;
            let message = sums[from + count] - sums[from];
            clocks[rank] = clocks[rank].max(sent[from]) + wires.latency + message / wires.bandwidth;
        }
        has += count;
    }
}

/// Steps as `plusminus run` took them in blocks of several sizes (docs/ranks.md): seconds of a block, of a sample, and of the rest.
const JOBS: [Job; 3] = [
    Job {
        name: "digits, 16 samples, blocks of 4",
        terms: 16,
        block: 4,
        width: 2_412,
        of_block: 1.0e-4,
        of_term: 5e-6,
        once: 7e-6,
    },
    Job {
        name: "MNIST, 1,024 samples, blocks of 64",
        terms: 1_024,
        block: 64,
        width: 39_762,
        of_block: 1.2e-3,
        of_term: 1.8e-5,
        once: 5e-5,
    },
    Job {
        name: "MNIST, 60,000 samples, blocks of 235",
        terms: 60_000,
        block: 235,
        width: 39_762,
        of_block: 1.2e-3,
        of_term: 1.8e-5,
        once: 5e-5,
    },
];

/// Prints what the model and the simulation say of them.
pub fn model(wires: &Wires) {
    println!("latency {:.1} µs, {:.1} GB/s\n", 1e6 * wires.latency, wires.bandwidth / 1e9);
    println!(
        "| job | ranks | a step (ms) | of it messages and sums | how many times as fast | simulated (ms) |\n|---|---|---|---|---|---|"
    );
    let mut state = 1u64;
    // splitmix64, between 0 and 1.
    let mut random = move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    };
    for job in &JOBS {
        let one = predicted(job, 1, wires);
        for size in [1, 10, 100, 1_000, 10_000] {
            let time = predicted(job, size, wires);
            let own = job.once + job.work(job.blocks().div_ceil(size));
            let simulated = simulated(job, size, wires, 0.1, &mut random);
            println!(
                "| {} | {size} | {:.3} | {:.0} % | {:.1} | {:.3} |",
                job.name,
                1e3 * time,
                100.0 * (time - own) / time,
                one / time,
                1e3 * simulated
            );
        }
    }
}
