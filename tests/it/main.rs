//! The one test program: every file below is a module of it, so there is one link.
