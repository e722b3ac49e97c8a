//! Time and blocks of a sandbox.

use super::Sandbox;
use super::builder::nanoseconds;
use super::clock::{At, time_of};
use crate::error::Error;
use keyway_chain::{Input, TimeChange};
use near_primitives::types::{BlockHeight, BlockHeightDelta};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

impl Sandbox {
    /// The height of the newest block.
    #[must_use]
    pub fn height(&self) -> BlockHeight {
        self.chain().head().height()
    }

    /// The time of the newest block, which contracts see.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_nanos(time_of(&self.chain()))
    }

    /// Seals a block at `time`.
    ///
    /// ```
    /// use keyway::Sandbox;
    /// use std::time::{Duration, UNIX_EPOCH};
    ///
    /// let sandbox = Sandbox::new();
    /// let time = UNIX_EPOCH + Duration::from_secs(2_000_000_000);
    /// sandbox.set_time(time)?;
    /// assert_eq!(sandbox.now(), time);
    /// assert_eq!(sandbox.set_time(time).unwrap_err().kind(), "Sandbox.Time.RunsBack");
    /// # Ok::<(), keyway::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`SandboxError::TimeRunsBack`](crate::error::SandboxError::TimeRunsBack) unless it is after [`Sandbox::now`]; [`Error::Argument`] for
    /// a time before 1970 or after 2262.
    pub fn set_time(&self, time: SystemTime) -> Result<(), Error> {
        self.change_time(TimeChange::Set { time_ns: nanoseconds(time)? })
    }

    /// Lets the time stand still: from now on each block is a nanosecond later than the one before it, whatever the clock
    /// says. Seals a block.
    ///
    /// ```
    /// use keyway::Sandbox;
    /// use std::time::Duration;
    ///
    /// let sandbox = Sandbox::new();
    /// sandbox.freeze_time()?;
    /// let before = sandbox.now();
    /// sandbox.seal_blocks(5)?;
    /// assert_eq!(sandbox.now(), before + Duration::from_nanos(5));
    /// # Ok::<(), keyway::Error>(())
    /// ```
    ///
    /// # Errors
    /// None in normal use.
    pub fn freeze_time(&self) -> Result<(), Error> {
        self.change_time(TimeChange::Freeze)
    }

    /// Lets each block come `step` after the one before it. Seals a block.
    ///
    /// ```
    /// use keyway::Sandbox;
    /// use std::time::Duration;
    ///
    /// let sandbox = Sandbox::new();
    /// let before = sandbox.now();
    /// sandbox.step_time(Duration::from_secs(60))?;
    /// sandbox.seal_blocks(2)?;
    /// assert_eq!(sandbox.now(), before + Duration::from_secs(180));
    /// # Ok::<(), keyway::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`SandboxError::Time`](crate::error::SandboxError::Time) for a step of zero, or one that leads past the year 2500.
    pub fn step_time(&self, step: Duration) -> Result<(), Error> {
        let step_ns = u64::try_from(step.as_nanos()).unwrap_or(u64::MAX);
        self.change_time(TimeChange::Step { step_ns })
    }

    /// Ends [`Sandbox::freeze_time`] or [`Sandbox::step_time`]: each input moves the time by a second again, and while a
    /// live server runs, the time follows the clock. Seals a block.
    ///
    /// # Errors
    /// None in normal use.
    pub fn free_time(&self) -> Result<(), Error> {
        self.change_time(TimeChange::Free)
    }

    fn change_time(&self, change: TimeChange) -> Result<(), Error> {
        self.core.apply(Input::Time(change)).map(drop)
    }

    /// Moves the time ahead by `duration`, and seals a block at that time. Does nothing if `duration` is zero.
    ///
    /// ```
    /// use keyway::Sandbox;
    /// use std::time::Duration;
    ///
    /// let sandbox = Sandbox::new();
    /// let before = sandbox.now();
    /// sandbox.advance(Duration::from_secs(3_600))?;
    /// assert_eq!(sandbox.now(), before + Duration::from_secs(3_600));
    /// # Ok::<(), keyway::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Argument`] for a time after 2262.
    pub fn advance(&self, duration: Duration) -> Result<(), Error> {
        if duration.is_zero() {
            return Ok(());
        }
        // A time that overflows the system's is too late for a chain, too.
        let time = self.now().checked_add(duration).unwrap_or(UNIX_EPOCH - Duration::from_secs(1));
        self.set_time(time)
    }

    /// Seals a block, in which pending receipts run.
    ///
    /// ```
    /// use keyway::{NearLiteral, Sandbox, transfer};
    ///
    /// let sandbox = Sandbox::new();
    /// let before = sandbox.balance("test.near")?;
    /// let mut block = sandbox.draft_block();
    /// block.add(&sandbox.root(), transfer(1.near()).to("test.near"))?;
    /// block.seal()?;
    /// assert_eq!(sandbox.balance("test.near")?, before, "the receipt waits");
    /// sandbox.seal_block()?;
    /// assert!(sandbox.balance("test.near")? > before);
    /// # Ok::<(), keyway::Error>(())
    /// ```
    ///
    /// # Errors
    /// None in normal use.
    pub fn seal_block(&self) -> Result<(), Error> {
        self.core.apply(Input::Tick).map(drop)
    }

    /// Seals this many blocks.
    ///
    /// ```
    /// let sandbox = keyway::Sandbox::new();
    /// sandbox.seal_blocks(10)?;
    /// assert_eq!(sandbox.height(), 10);
    /// # Ok::<(), keyway::Error>(())
    /// ```
    ///
    /// # Errors
    /// None in normal use.
    pub fn seal_blocks(&self, count: u64) -> Result<(), Error> {
        (0..count).try_for_each(|_| self.seal_block())
    }

    /// Seals this many blocks, `interval` apart. More than 1,000 are fast-forwarded: then the heights between the ends of
    /// epochs are skipped.
    ///
    /// ```
    /// use keyway::Sandbox;
    /// use std::time::Duration;
    ///
    /// let sandbox = Sandbox::new();
    /// let before = sandbox.now();
    /// sandbox.mine(10, Duration::from_secs(1))?;
    /// assert_eq!(sandbox.height(), 10);
    /// assert!(sandbox.now() >= before + Duration::from_secs(10));
    /// # Ok::<(), keyway::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`SandboxError::Mine`](crate::error::SandboxError::Mine) or [`SandboxError::FastForward`](crate::error::SandboxError::FastForward) for too many blocks or too long an interval.
    pub fn mine(&self, blocks: u64, interval: Duration) -> Result<(), Error> {
        let interval_ns = u64::try_from(interval.as_nanos()).unwrap_or(u64::MAX);
        self.core.apply(self.chain().mine_input(blocks, Some(interval_ns))).map(drop)
    }

    /// Fast-forwards the chain by this many blocks, and its time by 310 ms for each. Not all of them are sealed, but those in
    /// which epochs end are. Then two more are sealed, so that all of it is final.
    ///
    /// ```
    /// let sandbox = keyway::Sandbox::new();
    /// sandbox.fast_forward(100_000)?;
    /// assert_eq!(sandbox.height(), 100_002);
    /// # Ok::<(), keyway::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`SandboxError::FastForward`](crate::error::SandboxError::FastForward) if the chain cannot be fast-forwarded that far.
    pub fn fast_forward(&self, blocks: BlockHeightDelta) -> Result<(), Error> {
        self.core.apply(self.chain().fast_forward_input(blocks))?;
        let there = At(time_of(&self.chain()));
        (0..2).try_for_each(|_| self.core.apply_by(&there, Input::Tick).map(drop))
    }
}
