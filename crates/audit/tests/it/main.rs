//! What an audit promises: it catches what was planted, is quiet where nothing is, and refuses what means nothing.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod calibration;
mod data;
mod odd;
mod planted;
