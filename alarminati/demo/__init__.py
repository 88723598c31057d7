"""Things to try Alarminati with: a sink that receives what channels send."""
