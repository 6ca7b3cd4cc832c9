create extension pg_debrief;
