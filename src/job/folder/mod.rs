//! The folder of a run. While it runs, everything stands in a working folder beside, `NAME.partial`, which one process at a time has locked
//! (`lock`); when it is done, that folder takes the place of the one before as a whole (`swap`). A reader sees the old run or the new one.

mod found;
mod lock;
mod names;
mod rescue;
mod swap;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

pub(super) use self::found::read;
use self::found::{Found, State, look};
use self::lock::Lock;
pub(super) use self::lock::is_locked;
pub(super) use self::names::{CHECKPOINTS, JOB, LOG, METRICS, RUN, SUMMARY};
pub(super) use self::rescue::rescue;
use super::checkpoint::EXTENSION;
use crate::data::{sync_folder, write_synced};
use crate::error::{Error, FileAction, Result};

/// What may become of what is there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RunOptions {
    /// Goes on with an unfinished run from its last checkpoint. Where there is none the job begins anew; where the same job is done already,
    /// nothing is run.
    pub resume: bool,
    /// Replaces a finished run, or drops an unfinished one.
    pub force: bool,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunState {
    /// It came to its end.
    Finished,
    /// It diverged, or no point of it came anywhere.
    Failed,
    /// It was asked to stop, and can be resumed.
    Interrupted,
}

/// A folder that is this process's to write into.
#[derive(Debug)]
pub(super) struct RunFolder {
    /// Where results belong.
    target: PathBuf,
    /// Where they are made.
    work: PathBuf,
    /// Held until the end.
    lock: Lock,
    /// Folders above that were not there, the deepest first.
    made: Vec<PathBuf>,
    /// Whether there is something to go on from, now or before.
    is_kept: std::cell::Cell<bool>,
}

/// What a folder is opened to.
#[derive(Debug)]
pub(super) enum Opened {
    /// Work.
    New(RunFolder),
    /// A run that is finished already, to which nothing is to be done.
    Before,
}

impl RunFolder {
    /// Takes the folder for this process, if nothing is lost by it.
    ///
    /// # Errors
    /// [`Error::Usage`] if a run is there that is not to be lost, another process is at it, or files are there that are of no run;
    /// [`Error::File`] if nothing can be written there.
    pub(super) fn open(target: &Path, options: RunOptions) -> Result<Opened> {
        let work = with_end(target, ".partial")?;
        // Before anything is made.
        if let Admitted::Before = admitted(target, &work, options)? {
            return Ok(Opened::Before);
        }
        let made = make(parent(target))?;
        let lock = Lock::take(&work)?;
        let is_unfinished = holds_checkpoints(&work);
        let is_kept = std::cell::Cell::new(is_unfinished && (options.resume || !options.force));
        let mut folder = RunFolder { target: target.into(), work, lock, made, is_kept };
        // Before anything is removed or written.
        let foreign = names::others(&folder.work, names::is_own)?;
        let is_ours = folder.lock.is_signed() || is_bare(&folder.work)? || is_resumable(&folder.work);
        if !is_ours || !foreign.is_empty() {
            folder.is_kept.set(true);
            folder.lock.leave();
            let some = if foreign.is_empty() { "files".into() } else { foreign.join(", ") };
            return Err(Error::usage(format!(
                "{} is where the run is made, and has what is of no run ({some}): move it away, or name another folder by --out",
                folder.work.display()
            )));
        }
        swap::recover(target);
        // Another process may have come to its end meanwhile.
        if let Admitted::Before = admitted(target, &folder.work, options)? {
            return Ok(Opened::Before);
        }
        if is_unfinished && !options.resume && !options.force {
            return Err(Error::usage(format!(
                "{} holds an unfinished run: --resume goes on with it, --force drops it, --out names another folder",
                folder.work.display()
            )));
        }
        if !folder.is_kept.get() {
            folder.clear()?;
        }
        folder.lock.sign();
        // Left by a process that was killed just after it had done all.
        if matches!(look(target)?, Found::Run(_)) {
            swap::tidy(target);
        }
        Ok(Opened::New(folder))
    }

    /// Where files are while the run goes on.
    pub(super) fn work(&self) -> &Path {
        &self.work
    }

    /// From now on the folder stays, whatever happens.
    pub(super) fn keep(&self) {
        self.is_kept.set(true);
    }

    /// Removes what a run before has left, but for the lock.
    fn clear(&self) -> Result<()> {
        names::remove_all(&self.work, &[names::LOCK])
    }

    /// Writes files into the working folder, each of them down to the disk, the last one last.
    pub(super) fn write(&self, files: &[(String, Vec<u8>)]) -> Result<()> {
        for (name, contents) in files {
            write_synced(&self.work.join(name), contents)?;
        }
        sync_folder(&self.work)
    }

    /// Puts the working folder where it belongs, and says where that is: what failed does not take the place of what is good.
    pub(super) fn publish(mut self, state: RunState) -> Result<PathBuf> {
        if state == RunState::Interrupted {
            return Ok(self.work.clone());
        }
        self.keep();
        let is_good = matches!(look(&self.target)?, Found::Run(State { is_finished: true, .. }));
        let place = if state == RunState::Failed && is_good {
            with_end(&self.target, ".failed")?
        } else {
            self.target.clone()
        };
        // Somebody may have put something there meanwhile.
        if let Found::Others(names) = look(&place)? {
            return Err(others(&place, &names));
        }
        self.lock.release();
        swap::put(&self.work, &place)?;
        swap::tidy(&place);
        Ok(place)
    }
}

impl Drop for RunFolder {
    /// Where nothing can be resumed, nothing is left.
    fn drop(&mut self) {
        if !self.is_kept.get() && self.lock.is_own() {
            let _ = names::remove_all(&self.work, &[]);
            let _ = std::fs::remove_dir(&self.work);
            // As far as nobody has put anything into them.
            let _ = self.made.iter().try_for_each(std::fs::remove_dir);
        }
    }
}

/// Whether a run may begin.
enum Admitted {
    Yes,
    /// It is done already.
    Before,
}

fn admitted(target: &Path, work: &Path, options: RunOptions) -> Result<Admitted> {
    // Where the results of this run would go, if it failed and a good one is there.
    let failed = with_end(target, ".failed")?;
    if failed.is_symlink() || matches!(look(&failed)?, Found::Others(_)) {
        return Err(Error::usage(format!(
            "{} is where the results go if the run fails, and is of no run: move it away, or name another folder by --out",
            failed.display()
        )));
    }
    match look(target)? {
        Found::Others(names) => return Err(others(target, &names)),
        Found::Run(State { is_interrupted: true, .. }) if holds_checkpoints(target) && !options.force => {
            return Err(Error::usage(format!(
                "{} holds an unfinished run, which is made in {}: move it there to go on, or replace it by --force",
                target.display(),
                work.display()
            )));
        }
        Found::Run(State { is_finished: true, .. }) if options.resume && !holds_checkpoints(work) => {
            return Ok(Admitted::Before);
        }
        Found::Run(State { is_finished: true, .. }) if !options.force && !options.resume => {
            return Err(Error::usage(format!(
                "{} holds a finished run: --force replaces it when the new one is done, --out names another folder",
                target.display()
            )));
        }
        _ => {}
    }
    if swap::is_mounted(target) {
        return Err(Error::usage(format!(
            "{} is where a file system is mounted, and cannot be replaced as a whole: name a folder in it, such as {}",
            target.display(),
            target.join("run").display()
        )));
    }
    Ok(Admitted::Yes)
}

/// A folder by its own name, where a link leads to it: what takes its place stands there, and not at the link.
///
/// # Errors
/// [`Error::Usage`] for a link that leads nowhere.
pub(super) fn real(target: &Path) -> Result<PathBuf> {
    // Without dots at its end.
    let target = &target.components().collect::<PathBuf>();
    if !target.is_symlink() {
        return Ok(target.into());
    }
    target.canonicalize().map_err(|error| {
        Error::usage(format!(
            "{} is a link that leads to no folder ({error}): name another by --out",
            target.display()
        ))
    })
}

/// Refuses what is no folder of its own, and one in which a job would write over what it reads.
///
/// # Errors
/// [`Error::Usage`] that names the file.
pub(super) fn check_target(target: &Path, inputs: &[PathBuf]) -> Result<()> {
    with_end(target, ".partial")?;
    let folders = [target.to_path_buf(), with_end(target, ".partial")?, with_end(target, ".failed")?];
    for folder in folders.iter().filter_map(|folder| folder.canonicalize().ok()) {
        if std::env::current_dir().is_ok_and(|here| here.starts_with(&folder)) {
            return Err(Error::usage(format!(
                "{} is replaced as a whole, and it is where this process stands: go elsewhere, or name another folder by --out",
                folder.display()
            )));
        }
        for input in inputs {
            if input.canonicalize().is_ok_and(|path| path.starts_with(&folder)) {
                return Err(Error::usage(format!(
                    "the job reads {}, which is in the folder of its results and would be replaced with it: name another folder by --out",
                    input.display()
                )));
            }
        }
    }
    Ok(())
}

/// The job of the run that is there, as it was resolved.
pub(super) fn job_of(folder: &Path) -> Option<toml::Table> {
    found::read(&folder.join(JOB))?.parse().ok()
}

/// Whether nothing is in a working folder but its lock.
fn is_bare(work: &Path) -> Result<bool> {
    let failed = |source| Error::file(work, FileAction::Read, source);
    let mut entries = std::fs::read_dir(work).map_err(failed)?;
    Ok(entries.all(|entry| entry.is_ok_and(|entry| entry.file_name() == names::LOCK)))
}

/// Whether a checkpoint of this program is in it: then so is the rest.
fn is_resumable(work: &Path) -> bool {
    super::checkpoint::is_any(&work.join(CHECKPOINTS))
}

fn holds_checkpoints(work: &Path) -> bool {
    let entries = std::fs::read_dir(work.join(CHECKPOINTS)).into_iter().flatten().flatten();
    let mut paths = entries.map(|entry| entry.path());
    paths.any(|path| path.extension().is_some_and(|extension| extension == EXTENSION))
}

/// A folder beside another, of the same name and more.
pub(super) fn with_end(target: &Path, end: &str) -> Result<PathBuf> {
    let name = target.file_name().ok_or_else(|| {
        Error::usage(format!(
            "{}: results take a folder of their own, which is replaced as a whole: name one, such as {}",
            target.display(),
            target.join("run").display()
        ))
    })?;
    let mut name = OsString::from(name);
    name.push(end);
    Ok(target.with_file_name(name))
}

fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes a folder and those above it, and says which were not there, the deepest first.
fn make(folder: &Path) -> Result<Vec<PathBuf>> {
    let above = folder.ancestors().take_while(|path| !path.as_os_str().is_empty() && !path.exists());
    let made = above.map(Path::to_path_buf).collect();
    std::fs::create_dir_all(folder).map_err(|source| Error::file(folder, FileAction::Create, source))?;
    Ok(made)
}

fn others(folder: &Path, names: &[String]) -> Error {
    let some: Vec<&str> = names.iter().take(3).map(String::as_str).collect();
    let more = if names.len() > 3 { format!(" and {} more", names.len() - 3) } else { String::new() };
    Error::usage(format!(
        "{} has files that are of no run ({}{more}), and a run replaces its folder as a whole: name another folder by --out, or move \
         them away",
        folder.display(),
        some.join(", ")
    ))
}
