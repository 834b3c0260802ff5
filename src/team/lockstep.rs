//! Ranks that go through a job in lock-step: all stop at one step, and all end if one fails.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use super::Team;
use crate::error::{Error, Result};

/// The ranks of a job. With each message goes whether this rank is asked to stop, and whether it has failed.
pub(crate) struct Lockstep {
    team: Arc<dyn Team>,
    /// This rank is asked to stop.
    is_asked: AtomicBool,
    /// All know that one is.
    stops: AtomicBool,
    /// All know that one has failed, or is at its end.
    is_over: AtomicBool,
}

/// What goes before each message.
const ASKED: u8 = 1;
const FAILED: u8 = 2;
const DONE: u8 = 4;

impl Lockstep {
    pub(crate) fn new(team: Arc<dyn Team>) -> Self {
        let [is_asked, stops, is_over] = [false; 3].map(AtomicBool::new);
        Lockstep { team, is_asked, stops, is_over }
    }

    /// Asks all to stop. They know it with the next message.
    pub(crate) fn ask_to_stop(&self) {
        self.is_asked.store(true, SeqCst);
    }

    /// Whether a rank was asked to stop before the last message: all find the same.
    pub(crate) fn stops(&self) -> bool {
        self.stops.load(SeqCst)
    }

    /// To be called by each rank once, at the end of its work. None leaves before all are here.
    ///
    /// # Errors
    /// This rank's own; [`Error::Rank`] for that of another.
    pub(crate) fn end<T>(&self, result: Result<T>) -> Result<T> {
        let result = if self.is_over.load(SeqCst) {
            result
        } else {
            let message = result.as_ref().err().map_or_else(String::new, ToString::to_string);
            let flag = if result.is_err() { FAILED } else { DONE };
            let told = self.tell(flag, message.into_bytes());
            result.and_then(|done| told.map(|_| done))
        };
        // What is wrong now has been wrong before, or the work is done.
        let _ = self.team.all_gather(Vec::new());
        result
    }

    fn tell(&self, flag: u8, mut message: Vec<u8>) -> Result<Vec<Vec<u8>>> {
        let asked = if self.is_asked.load(SeqCst) { ASKED } else { 0 };
        message.push(flag | asked);
        let mut all = self.team.all_gather(message)?;
        let flags: Vec<u8> = all.iter_mut().map(|message| message.pop().unwrap_or(FAILED)).collect();
        if flags.iter().any(|flags| flags & ASKED != 0) {
            self.stops.store(true, SeqCst);
        }
        let of = |flag: u8| flags.iter().position(|flags| flags & flag != 0);
        let is_end = flag & DONE != 0 && flags.iter().all(|flags| flags & DONE != 0);
        let wrong = match (of(FAILED), of(DONE)) {
            (Some(rank), _) => Some((rank, String::from_utf8_lossy(&all[rank]).into_owned())),
            (None, Some(rank)) if !is_end => Some((
                rank,
                "is at its end, and others are not: all must run the same job with the same program".into(),
            )),
            _ => None,
        };
        let Some((rank, message)) = wrong else { return Ok(all) };
        self.is_over.store(true, SeqCst);
        Err(Error::Rank { rank, message })
    }
}

impl Team for Lockstep {
    fn rank(&self) -> usize {
        self.team.rank()
    }

    fn size(&self) -> usize {
        self.team.size()
    }

    fn all_gather(&self, mine: Vec<u8>) -> Result<Vec<Vec<u8>>> {
        self.tell(0, mine)
    }

    /// Without what goes with other messages: it is called where nothing is wrong.
    fn all_to_all(&self, mine: Vec<Vec<u8>>) -> Result<Vec<Vec<u8>>> {
        self.team.all_to_all(mine)
    }

    fn all_to_all_beside(
        &self,
        mine: Vec<Vec<u8>>,
        lengths: &[usize],
        more: &mut dyn FnMut() -> bool,
    ) -> Result<Vec<Vec<u8>>> {
        self.team.all_to_all_beside(mine, lengths, more)
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;
    use crate::team::threads;

    /// What each of three ranks finds.
    fn ranks<T: Send>(work: impl Fn(Lockstep) -> T + Sync) -> Vec<T> {
        let work = &work;
        thread::scope(|scope| {
            let all =
                threads(3).into_iter().map(|rank| scope.spawn(move || work(Lockstep::new(Arc::new(rank)))));
            all.collect::<Vec<_>>().into_iter().map(|rank| rank.join().unwrap()).collect()
        })
    }

    /// One rank is asked; all find so after the same message.
    #[test]
    fn all_stop_at_the_same_step() {
        let steps = ranks(|ranks| {
            let mut step = 0;
            while !ranks.stops() {
                if ranks.rank() == 1 && step == 4 {
                    ranks.ask_to_stop();
                }
                ranks.all_gather(vec![step]).unwrap();
                step += 1;
            }
            ranks.end(Ok(step)).unwrap()
        });
        assert_eq!(steps, [5, 5, 5]);
    }

    /// A rank that fails before a message, or in the place of its end, or after its own message: the others know why.
    #[test]
    fn a_failure_of_one_ends_all() {
        for (fails_at, messages) in [(0, 3), (2, 3), (3, 3)] {
            let ends = ranks(|ranks| {
                let work = || {
                    for at in 0..messages {
                        if ranks.rank() == 2 && at == fails_at {
                            return Err(Error::usage("no such file"));
                        }
                        ranks.all_gather(vec![at])?;
                    }
                    if ranks.rank() == 2 { Err(Error::usage("no such file")) } else { Ok(()) }
                };
                ranks.end(work()).unwrap_err().to_string()
            });
            assert_eq!(ends, ["rank 2: no such file", "rank 2: no such file", "no such file"]);
        }
    }

    /// Ranks that make different calls are told so, and do not wait for ever.
    #[test]
    fn a_rank_that_has_less_to_do_is_found() {
        let ends = ranks(|ranks| {
            let count = if ranks.rank() == 1 { 2 } else { 3 };
            let work = (0..count).try_for_each(|_| ranks.all_gather(Vec::new()).map(|_| ()));
            ranks.end(work).unwrap_err().to_string()
        });
        assert!(ends.iter().all(|end| end.starts_with("rank 1: is at its end")), "{ends:?}");
    }
}
