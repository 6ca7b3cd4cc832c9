import psycopg

OWNER = '11111111-1111-4111-8111-111111111111'


def test_a_talk_gets_spoken_feedback():
    with psycopg.connect(autocommit=True) as db:
        talk = db.execute("insert into debrief.video_recordings (user_id, storage_path, upload_status) "
                          "values (%s, %s, 'completed') returning id", (OWNER, f'{OWNER}/pytest.mp4')).fetchone()
        assert db.execute('select * from debrief.drain()').fetchall() == []
        assert db.execute("select count(*) from debrief.feedback_status f join debrief.analysis_jobs j on j.id = f.analysis_job_id "
                          "where j.video_recording_id = %s and f.status = 'completed'", talk).fetchone() == (3,)
