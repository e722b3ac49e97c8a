//! Who measures.

use crate::Problem;

/// Takes the price of pieces of work, in whatever it counts.
///
/// A name is `group/what is done`.
pub trait Hand {
    /// Takes the price of `work`, which can be done again and again.
    ///
    /// # Errors
    /// What went wrong with the work.
    fn take<T>(
        &mut self,
        name: &'static str,
        mut work: impl FnMut() -> Result<T, Problem>,
    ) -> Result<(), Problem> {
        self.take_prepared(name, || Ok(()), |()| work())
    }

    /// Takes the price of `work` on what `prepare` makes for it each time. Neither making that nor
    /// dropping it is counted, so `work` should take microseconds at least.
    ///
    /// # Errors
    /// What went wrong with either.
    fn take_prepared<S, T>(
        &mut self,
        name: &'static str,
        prepare: impl FnMut() -> Result<S, Problem>,
        work: impl FnMut(&mut S) -> Result<T, Problem>,
    ) -> Result<(), Problem>;
}
