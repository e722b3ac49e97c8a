//! What people are told once, though it is met many times.

use crate::notes::Notes;
use keyway::keys::KeyFileError;
use std::collections::BTreeSet;
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};

/// Warnings on stderr, each said once.
#[derive(Clone, Debug)]
pub(crate) struct Warnings {
    notes: Notes,
    said: Arc<Mutex<BTreeSet<String>>>,
}

impl Warnings {
    /// None was said yet.
    pub(crate) fn new(notes: &Notes) -> Self {
        Self { notes: notes.clone(), said: Arc::default() }
    }

    /// Tells of files that hold no usable key, so that nobody wonders where it is.
    pub(crate) fn of_files(&self, unusable: &[KeyFileError]) {
        for error in unusable {
            let text = format!("warning: ignored: {}", words(error));
            let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
            if said.insert(text.clone()) {
                self.notes.say(text);
            }
        }
    }
}

/// The error and what caused it, on one line.
pub(crate) fn words(error: &KeyFileError) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}
