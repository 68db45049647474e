//! The `plenish` program as its users meet it: run as a process, in a folder of its own, on small
//! data made here. Snapshots hold what people read; change one only together with the manual.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic like tests")]

mod answers;
mod asks;
mod audit;
mod bad_input;
mod conditions;
mod constraints;
mod determinism;
mod examples;
mod gaps;
mod ground;
mod help;
mod interrupts;
mod perturb;
mod plan;
mod private;
mod private_study;
mod store;
mod streams;
mod study;
mod unusual_data;
