//! What is refused, with which exit code; devices.

use super::*;

#[test]
fn bad_usage_exits_with_2() {
    let gradient = |rest: &str, part: &str| fails(2, &format!("gradient --sum-of-squares {rest}"), part);
    gradient("--at 3,x", "`x`, is not a finite number");
    gradient("--at 3,nan", "not a finite number");
    gradient("", "--at");
    gradient("--at 1,2 --at 1", "all points need as many");
    fails(2, "gradient --at 1", "--sum-of-squares");
    gradient("--at 3,4 --step 0", "greater than 0");
    gradient("--at 3,4 --step -1", "greater than 0");
    gradient("--at 3,4 --step abc", "nor a number");
    gradient("--at 3,4 --scheme sideways", "forward, backward, central");
    gradient("--at 3,4 --precision f16", "f32, f64");
    gradient(
        "--at 3,4 --step 10e-50 --precision f32 --device cpu --difference direct",
        "step 1e-49 vanishes at x[0] = 3.0 of point 0 in f32",
    );
    gradient("--at 1e12 --step 1e-4 --device cpu --difference direct", "step 1e-4 is rounded to 1.2");
    gradient("--at 3 --step 1e20 --device cpu --difference direct", "too large at x[0] = 3.0");
    // Increments form no x+h, so only the step itself counts.
    gradient(
        "--at 3 --step 10e-50 --precision f32 --device cpu",
        "step 1e-49 is out of range for increments in f32",
    );
    gradient("--at 3 --difference sideways", "auto, direct, incremental");
    gradient("--at 3 --difference direct --order 3", "order");
    gradient("--at 3 --json --format text", "cannot be used with");
    gradient("--at 3 --quiet -v", "cannot be used with");
    fails(2, "run no-such-job.toml", "no-such-job.toml: cannot read");
    fails(2, "frobnicate", "unrecognized subcommand");
}

/// A device that a user names and that is not there is bad usage; a GPU that the machine does not have is not.
#[test]
fn devices_that_are_not_there() {
    let gradient =
        |rest: &str, part: &str| fails(2, &format!("gradient --sum-of-squares --at 3,4 {rest}"), part);
    gradient("--device adapter:x", "`adapter:` takes a number");
    gradient("--device adapter:99", "there is no adapter 99");
    gradient("--device 'no such thing'", "no adapter matches `no such thing`");
    gradient("--device foo", "`foo`");
}

#[test]
fn devices_lists_what_there_is() {
    let text = ok("devices");
    assert!(text.contains("the CPU engine") && text.contains("--device auto takes"), "{text}");
    let report = json("devices");
    let adapters = report["adapters"].as_array().unwrap();
    if cfg!(feature = "gpu") {
        assert!(!adapters.is_empty(), "apt-get install mesa-vulkan-drivers libvulkan1 gives lavapipe");
    }
    for adapter in adapters {
        assert!(adapter["probe"]["nan_by_bits"].is_boolean(), "{adapter}");
    }
}

/// `auto` keeps f64, and looks for a GPU only for work that is worth it; `-v` says so.
#[test]
fn auto_decides_by_the_work() {
    let run = |line: &str, device: Option<&str>| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_plusminus"));
        command.env_remove("PLUSMINUS_DEVICE").args(words(line));
        if let Some(device) = device {
            command.env("PLUSMINUS_DEVICE", device);
        }
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        (stderr(&output), stdout(&output))
    };
    let (why, text) = run("-v gradient --expr x0^2 --at 3", None);
    assert!(why.contains("f64 is its precision") && text.contains("in f64"), "{why} {text}");
    let (why, text) = run("-v gradient --expr x0^2 --at 3 --precision f32", None);
    if cfg!(feature = "gpu") {
        assert!(why.contains("a GPU is looked for from 2 s on") && text.contains("on cpu"), "{why} {text}");
        // A descent of as many steps as take seconds.
        let long = "-v descend --expr x0^2 --from 0 --rate 0.1 --steps 5000000000 --precision f32";
        let (why, _) = run(long, None);
        assert!(why.contains("no hardware GPU") || why.contains("would take the CPU engine"), "{why}");
    }
    // The variable stands in for the argument, which goes before it.
    let (_, text) = run("gradient --expr x0^2 --at 3 --precision f32", Some("cpu"));
    assert!(text.contains("on cpu"), "{text}");
    let no_such = Command::new(env!("CARGO_BIN_EXE_plusminus"))
        .env("PLUSMINUS_DEVICE", "pci:nowhere")
        .args(words("gradient --expr x0^2 --at 3"))
        .output()
        .unwrap();
    assert_eq!(no_such.status.code(), Some(2));
    assert!(stderr(&no_such).contains("pci:3b:00.0"), "{}", stderr(&no_such));
    run("gradient --expr x0^2 --at 3 --device cpu", Some("adapter:99"));
}

/// A machine without any driver: the CPU engine does it, and asking for a GPU says how to get one.
#[test]
fn without_a_driver() {
    let run = |line: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_plusminus"));
        command.env("VK_DRIVER_FILES", "/nonexistent").env("VK_ICD_FILENAMES", "/nonexistent");
        command.args(words(line)).output().unwrap()
    };
    let output = run("gradient --sum-of-squares --at 3,4");
    assert_eq!(output.status.code(), Some(0));
    if cfg!(all(target_os = "linux", feature = "gpu")) {
        let output = run("gradient --sum-of-squares --at 3,4 --device gpu");
        assert_eq!(output.status.code(), Some(1));
        let stderr = stderr(&output);
        assert!(stderr.contains("no hardware GPU") && stderr.contains("mesa-vulkan-drivers"), "{stderr}");
        assert!(stdout(&run("devices")).contains("no adapters"));
    }
}
