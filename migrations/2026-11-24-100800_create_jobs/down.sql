DROP TABLE keeper;
DROP TABLE queues;
DROP TABLE workers;
DROP TABLE jobs;
